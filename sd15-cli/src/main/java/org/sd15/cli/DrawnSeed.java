package org.sd15.cli;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.ITypeConverter;

/** Seeds of drawings: numbers, and {@code random} or the web UI's -1 for one that is drawn now and told. */
final class DrawnSeed implements ITypeConverter<Long> {

    /** Seeds of 32 bits are what other programs draw, and can be typed. */
    private static final long SEEDS = 1L << 32;

    @Override
    public Long convert(String value) {
        String text = value.strip().toLowerCase(Locale.ROOT);
        if (!text.equals("random") && !text.equals("-1")) {
            return new SeedConverter().convert(value);
        }
        long drawn = ThreadLocalRandom.current().nextLong(SEEDS);
        Console.note("the seed is %d", drawn);
        return drawn;
    }
}
