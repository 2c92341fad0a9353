package org.sd15.importer.tensor;

import java.nio.ByteBuffer;

/**
 * Elements of one format to elements of another, a bufferful at a time. Both buffers are little-endian.
 *
 * <p>Floating formats go to {@code F64, F32, F16, BF16}, rounding to nearest, ties to even; whole numbers go to
 * {@code I64, I32, F32, F64}. Anything goes to itself, bit by bit. There is no way from a fraction to a whole number.
 */
final class Conversion {

    /** From bytes or truth values to numbers of eight bytes. */
    static final int MOST_GROWTH = 8;

    private final DType from;
    private final DType to;
    private final Step step;

    private Conversion(DType from, DType to, Step step) {
        this.from = from;
        this.to = to;
        this.step = step;
    }

    @FunctionalInterface
    private interface Step {
        void convert(ByteBuffer in, int elements, ByteBuffer out);
    }

    /** Whether {@link #between} has an answer. */
    static boolean exists(DType from, DType to) {
        if (from == to) {
            return true;
        }
        return switch (to) {
            case F64, F32 -> from.isFloating() || from.isInteger();
            case F16, BF16 -> from.isFloating();
            case I64, I32 -> from.isInteger();
            default -> false;
        };
    }

    /**
     * The way from one format to the other.
     *
     * @throws IllegalArgumentException if there is none; the message names both
     */
    static Conversion between(DType from, DType to) {
        if (!exists(from, to)) {
            throw new IllegalArgumentException(from + " can't be read as " + to);
        }
        if (from == to) {
            return new Conversion(from, to, (in, elements, out) -> out.put(in));
        }
        if (from.isInteger()) {
            return new Conversion(from, to, (in, elements, out) -> {
                WholeNumbers.write(WholeNumbers.read(from, in, elements), from, to, out);
            });
        }
        if (from == DType.F64 || to == DType.F64) {
            return new Conversion(from, to, (in, elements, out) -> {
                Fractions.writeDoubles(Fractions.readDoubles(from, in, elements), to, out);
            });
        }
        return new Conversion(from, to, (in, elements, out) -> {
            Fractions.writeFloats(Fractions.readFloats(from, in, elements), to, out);
        });
    }

    /**
     * Converts as many elements as the input holds.
     *
     * @param in whole elements from its position to its limit, little-endian; it is left at its limit
     * @param out receives them and is left behind the last
     */
    void convert(ByteBuffer in, ByteBuffer out) {
        step.convert(in, elements(in.remaining()), out);
        in.position(in.limit());
    }

    /** How many elements of the input n bytes are; formats below a byte are only ever copied. */
    private int elements(int bytes) {
        return (int) ((long) bytes * Byte.SIZE / from.bits());
    }

    /** The number of output bytes for a number of input bytes. */
    long outputBytes(long inputBytes) {
        return from == to ? inputBytes : inputBytes * to.bits() / from.bits();
    }
}
