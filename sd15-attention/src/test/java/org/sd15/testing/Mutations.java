package org.sd15.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Files that are damaged in the ways that readers break on: bits and bytes, fields that hold extremes, ends that are
 * missing, pieces that are repeated, moved or another file's, numbers in a text that nobody expects there, and words of
 * the format in the wrong place.
 */
final class Mutations {

    /** How much longer than its original a mutated file may be, in bytes. */
    private static final int MOST_GROWTH = 1 << 16;

    private static final int LONGEST_PIECE = 256;
    private static final int MOST_REPEATS = 64;

    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        7,
        255,
        1 << 15,
        1 << 16,
        1 << 24,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 53,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MAX_VALUE / 2,
        Long.MAX_VALUE / 8 + 1
    };

    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "-1",
            "1",
            "0.1",
            "1e400",
            "-1e400",
            "1e-400",
            "1e999999999",
            "NaN",
            "2147483647",
            "2147483648",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "1000000000",
            "00",
            "9".repeat(400));

    private static final byte[] INTERESTING = {0, 1, 0x0a, 0x20, 0x22, 0x2e, 0x5c, 0x7f, (byte) 0x80, (byte) 0xff};

    private final List<byte[]> samples;
    private final List<byte[]> words;
    private final List<Change> changes = List.of(
            Mutations::flipBit,
            Mutations::setByte,
            Mutations::setField,
            Mutations::setField,
            Mutations::truncate,
            Mutations::removePiece,
            Mutations::repeatPiece,
            Mutations::movePiece,
            Mutations::insertNoise,
            Mutations::replaceNumber,
            this::splice,
            this::insertWord,
            this::insertWord);

    /** One way to damage some bytes, of which there is at least one. */
    @FunctionalInterface
    private interface Change {
        byte[] apply(byte[] bytes, SplittableRandom random);
    }

    Mutations(List<byte[]> samples, List<byte[]> words) {
        this.samples = List.copyOf(samples);
        this.words = List.copyOf(words);
    }

    /** One of the samples with one to some ten changes, mostly few. The same for the same state of the random numbers. */
    byte[] next(SplittableRandom random) {
        byte[] original = samples.get(random.nextInt(samples.size()));
        byte[] bytes = original;
        do {
            byte[] changed = bytes.length == 0
                    ? insertNoise(bytes, random)
                    : changes.get(random.nextInt(changes.size())).apply(bytes, random);
            if (changed.length <= original.length + MOST_GROWTH) {
                bytes = changed;
            }
        } while (random.nextInt(3) == 0);
        return bytes;
    }

    private static byte[] flipBit(byte[] bytes, SplittableRandom random) {
        byte[] changed = bytes.clone();
        changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        return changed;
    }

    private static byte[] setByte(byte[] bytes, SplittableRandom random) {
        byte[] changed = bytes.clone();
        boolean any = random.nextBoolean();
        changed[random.nextInt(bytes.length)] =
                any ? (byte) random.nextInt() : INTERESTING[random.nextInt(INTERESTING.length)];
        return changed;
    }

    /** A field of two, four or eight bytes, in either order, holds an extreme or what is next to one. */
    private static byte[] setField(byte[] bytes, SplittableRandom random) {
        int size = 1 << random.nextInt(1, 4);
        if (bytes.length < size) {
            return setByte(bytes, random);
        }
        byte[] changed = bytes.clone();
        long value = random.nextInt(8) == 0 ? bytes.length : EXTREMES[random.nextInt(EXTREMES.length)];
        value += random.nextInt(-1, 2);
        ByteBuffer field = ByteBuffer.wrap(changed, random.nextInt(bytes.length - size + 1), size)
                .slice()
                .order(random.nextInt(4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        switch (size) {
            case Short.BYTES -> field.putShort((short) value);
            case Integer.BYTES -> field.putInt((int) value);
            default -> field.putLong(value);
        }
        return changed;
    }

    private static byte[] truncate(byte[] bytes, SplittableRandom random) {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }

    private static byte[] removePiece(byte[] bytes, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        return replace(bytes, at, length(bytes, at, random), new byte[0]);
    }

    private static byte[] repeatPiece(byte[] bytes, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        byte[] piece = Arrays.copyOfRange(bytes, at, at + length(bytes, at, random));
        ByteArrayOutputStream repeated = new ByteArrayOutputStream();
        int times = random.nextBoolean() ? 1 : random.nextInt(1, MOST_REPEATS);
        for (int i = 0; i < times; i++) {
            repeated.writeBytes(piece);
        }
        return replace(bytes, at, 0, repeated.toByteArray());
    }

    private static byte[] movePiece(byte[] bytes, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        int length = length(bytes, at, random);
        byte[] piece = Arrays.copyOfRange(bytes, at, at + length);
        byte[] rest = replace(bytes, at, length, new byte[0]);
        return replace(rest, random.nextInt(rest.length + 1), 0, piece);
    }

    private static byte[] insertNoise(byte[] bytes, SplittableRandom random) {
        byte[] noise = new byte[random.nextInt(1, 17)];
        random.nextBytes(noise);
        if (random.nextBoolean()) {
            Arrays.fill(noise, noise[0]);
        }
        return replace(bytes, random.nextInt(bytes.length + 1), 0, noise);
    }

    /** A number that is written in digits becomes another. */
    private static byte[] replaceNumber(byte[] bytes, SplittableRandom random) {
        int begin = random.nextInt(bytes.length);
        while (begin < bytes.length && !isDigit(bytes[begin])) {
            begin++;
        }
        if (begin == bytes.length) {
            return setField(bytes, random);
        }
        int end = begin;
        while (end < bytes.length && isDigit(bytes[end])) {
            end++;
        }
        String number = NUMBERS.get(random.nextInt(NUMBERS.size()));
        return replace(bytes, begin, end - begin, number.getBytes(UTF_8));
    }

    private static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    private byte[] splice(byte[] bytes, SplittableRandom random) {
        byte[] other = samples.get(random.nextInt(samples.size()));
        if (other.length == 0) {
            return truncate(bytes, random);
        }
        int from = random.nextInt(other.length);
        byte[] piece = Arrays.copyOfRange(other, from, from + length(other, from, random));
        int at = random.nextInt(bytes.length);
        return replace(bytes, at, random.nextBoolean() ? 0 : length(bytes, at, random), piece);
    }

    private byte[] insertWord(byte[] bytes, SplittableRandom random) {
        if (words.isEmpty()) {
            return insertNoise(bytes, random);
        }
        byte[] word = words.get(random.nextInt(words.size()));
        int at = random.nextInt(bytes.length);
        return replace(bytes, at, random.nextBoolean() ? 0 : Math.min(word.length, bytes.length - at), word);
    }

    private static int length(byte[] bytes, int at, SplittableRandom random) {
        int longest = Math.min(LONGEST_PIECE, bytes.length - at);
        return random.nextInt(1, Math.max(2, random.nextBoolean() ? Math.min(longest, 16) : longest));
    }

    private static byte[] replace(byte[] bytes, int at, int length, byte[] by) {
        byte[] changed = new byte[bytes.length - length + by.length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(by, 0, changed, at, by.length);
        System.arraycopy(bytes, at + length, changed, at + by.length, bytes.length - at - length);
        return changed;
    }
}
