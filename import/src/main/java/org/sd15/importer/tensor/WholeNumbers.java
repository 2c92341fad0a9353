package org.sd15.importer.tensor;

import java.nio.ByteBuffer;

/** Whole numbers and truth values, between their formats and Java's. Buffers are little-endian. */
final class WholeNumbers {

    private WholeNumbers() {}

    /** Values of {@code U64} above {@link Long#MAX_VALUE} become negative, as the same 64 bits. */
    static long[] read(DType from, ByteBuffer in, int elements) {
        long[] out = new long[elements];
        for (int i = 0; i < elements; i++) {
            out[i] = next(from, in);
        }
        return out;
    }

    private static long next(DType from, ByteBuffer in) {
        return switch (from) {
            case BOOL -> in.get() == 0 ? 0 : 1;
            case I8 -> in.get();
            case U8 -> Byte.toUnsignedLong(in.get());
            case I16 -> in.getShort();
            case U16 -> Short.toUnsignedLong(in.getShort());
            case I32 -> in.getInt();
            case U32 -> Integer.toUnsignedLong(in.getInt());
            case I64, U64 -> in.getLong();
            default -> throw new IllegalArgumentException(from.toString());
        };
    }

    /**
     * @throws ArithmeticException if a value is too large for the format
     */
    static void write(long[] values, DType from, DType to, ByteBuffer out) {
        boolean unsigned = from == DType.U64;
        for (long value : values) {
            if (unsigned && value < 0 && to.isInteger()) {
                throw new ArithmeticException(Long.toUnsignedString(value) + " is too large for " + to);
            }
            switch (to) {
                case I64 -> out.putLong(value);
                case I32 -> out.putInt(Math.toIntExact(value));
                case F32 -> out.putFloat(unsigned ? unsignedToFloat(value) : (float) value);
                case F64 -> out.putDouble(unsigned ? unsignedToDouble(value) : (double) value);
                default -> throw new IllegalArgumentException(to.toString());
            }
        }
    }

    /** Halving keeps the last bit, so that the one rounding is that of the cast. */
    private static double unsignedToDouble(long value) {
        return value >= 0 ? (double) value : 2 * (double) ((value >>> 1) | (value & 1));
    }

    private static float unsignedToFloat(long value) {
        return value >= 0 ? (float) value : 2 * (float) ((value >>> 1) | (value & 1));
    }
}
