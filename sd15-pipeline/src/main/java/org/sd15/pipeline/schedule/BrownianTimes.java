package org.sd15.pipeline.schedule;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The times of a Brownian motion as torch has them. It computes them by MKL's single-precision logarithm, one of 35 of
 * which is a last place off, and its kin; that place decides about the noise. For the betas of Stable Diffusion, in up to
 * 60 steps, a table made by tools/reference/brownian_times.py has the times that come out otherwise than correct rounding
 * gives; all others are taken as they are.
 */
final class BrownianTimes {

    private static final String TABLE = "brownian-times.txt";
    private static final int HEX = 16;

    /** By the bits of a time: how many places torch's lies above. */
    private static final Map<Integer, Integer> PLACES = read();

    private BrownianTimes() {}

    /** The time of torch for one that is rounded correctly. */
    static float asTorch(float time) {
        int bits = Float.floatToIntBits(time);
        return Float.intBitsToFloat(bits + PLACES.getOrDefault(bits, 0));
    }

    private static Map<Integer, Integer> read() {
        try (InputStream stream = Objects.requireNonNull(BrownianTimes.class.getResourceAsStream(TABLE), TABLE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            return lines.lines()
                    .map(line -> line.split(" "))
                    .collect(Collectors.toUnmodifiableMap(
                            row -> Integer.parseInt(row[0], HEX), row -> Integer.parseInt(row[1])));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
