package org.sd15.importer.tensor;

/**
 * The two 8-bit formats that weights are published in.
 *
 * @see <a href="https://arxiv.org/abs/2209.05433">FP8 Formats for Deep Learning</a>
 */
final class Float8 {

    private Float8() {}

    /** 5 exponent and 2 fraction bits: the upper half of a half. */
    static float e5m2ToFloat(byte value) {
        return Float16.toFloat((short) (value << 8));
    }

    /** 4 exponent bits, bias 7, and 3 fraction bits; no infinities, and all ones are not a number. */
    static float e4m3ToFloat(byte value) {
        int magnitude = value & 0x7f;
        if (magnitude == 0x7f) {
            return Float.NaN;
        }
        float result = Float.intBitsToFloat(magnitude << 20) * 0x1p120f;
        return value < 0 ? -result : result;
    }
}
