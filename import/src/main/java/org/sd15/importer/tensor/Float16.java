package org.sd15.importer.tensor;

import org.sd15.attention.machine.HalfPrecision;

/** IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits. */
final class Float16 {

    private static final int SIGN = 0x8000;
    private static final int INFINITY = 0x7c00;
    private static final int QUIET_NAN = 0x7e00;

    /** Half of the gap above the largest half: from here on rounding to nearest gives infinity. */
    private static final float FIRST_INFINITE = 65520f;

    private static final float SMALLEST_NORMAL = 0x1p-14f;

    private Float16() {}

    /** Exact: every half is a float. Not-a-number keeps its fraction. */
    static float toFloat(short half) {
        return HalfPrecision.ofFloat16(half);
    }

    /** To nearest, ties to even, as {@code tensor.half()} in PyTorch: too large becomes infinite. */
    static short fromFloat(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 16) & SIGN;
        float magnitude = Math.abs(value);
        return (short) (sign | magnitudeOf(magnitude));
    }

    private static int magnitudeOf(float magnitude) {
        if (Float.isNaN(magnitude)) {
            return QUIET_NAN;
        }
        if (magnitude >= FIRST_INFINITE) {
            return INFINITY;
        }
        if (magnitude < SMALLEST_NORMAL) {
            // The sum's last bit is worth 2^-24, as a subnormal half's: the addition itself rounds.
            return Float.floatToRawIntBits(magnitude + 0.5f) - Float.floatToRawIntBits(0.5f);
        }
        int bits = Float.floatToRawIntBits(magnitude) - ((127 - 15) << 23);
        return (bits + 0xfff + ((bits >>> 13) & 1)) >>> 13;
    }
}
