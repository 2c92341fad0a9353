package org.sd15.pipeline.random;

/**
 * The logarithm, sine and cosine of torch's AVX2 code for {@code float}: polynomials of the Cephes library with fused
 * multiply-adds. They are not correctly rounded, which is the point: about one value of six of a {@code randn} would
 * otherwise differ from torch's in its last bit.
 *
 * <p>S. Moshier, Cephes Mathematical Library, {@code logf.c} and {@code sinf.c}.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the constants as they were published
final class CephesFloat {

    private static final float SQRT_HALF = 0.70710678f;
    private static final float[] LOG = {
        -1.1514610310e-1f,
        1.1676998740e-1f,
        -1.2420140846e-1f,
        1.4249322787e-1f,
        -1.6668057665e-1f,
        2.0000714765e-1f,
        -2.4999993993e-1f,
        3.3333331174e-1f
    };

    /** Minus pi/4 in three parts, from coarse to fine. */
    private static final float[] MINUS_QUARTER_PI = {-0.78515625f, -2.4187564849853515625e-4f, -3.77489497744594108e-8f
    };

    private static final float FOUR_OVER_PI = 1.27323954473516f;

    private CephesFloat() {}

    /** The natural logarithm of a positive normal number. */
    static float log(float x) {
        int bits = Float.floatToRawIntBits(x);
        float exponent = (bits >> 23) - 126;
        float mantissa = Float.intBitsToFloat((bits & ~0x7F800000) | 0x3F000000); // in [0.5, 1)
        float m = mantissa - 1;
        if (mantissa < SQRT_HALF) {
            exponent -= 1;
            m += mantissa;
        }
        float square = m * m;
        float y = 7.0376836292e-2f;
        for (float coefficient : LOG) {
            y = Math.fma(y, m, coefficient);
        }
        y = Math.fma(y * m, square, exponent * -2.12194440e-4f);
        y -= 0.5f * square;
        return Math.fma(exponent, 0.693359375f, m + y);
    }

    /** The cosine of an angle that is not negative. */
    static float cos(float angle) {
        int octant = octant(angle);
        float x = reduced(angle, octant);
        float value = (octant & 2) == 0 ? cosine(x) : sine(x);
        return ((octant - 2) & 4) == 0 ? -value : value;
    }

    /** The sine of an angle that is not negative. */
    static float sin(float angle) {
        int octant = octant(angle);
        float x = reduced(angle, octant);
        float value = (octant & 2) == 0 ? sine(x) : cosine(x);
        return (octant & 4) == 0 ? value : -value;
    }

    /** The nearest even multiple of pi/4. */
    private static int octant(float angle) {
        return ((int) (angle * FOUR_OVER_PI) + 1) & ~1;
    }

    private static float reduced(float angle, int octant) {
        float x = angle;
        for (float part : MINUS_QUARTER_PI) {
            x = Math.fma((float) octant, part, x);
        }
        return x; // within pi/4 of zero
    }

    private static float cosine(float x) {
        float z = x * x;
        float y = Math.fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
        y = Math.fma(y, z, 4.166664568298827e-2f) * z;
        return Math.fma(y, z, -(z * 0.5f)) + 1;
    }

    private static float sine(float x) {
        float z = x * x;
        float y = Math.fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
        y = Math.fma(y, z, -1.6666654611e-1f) * z;
        return Math.fma(y, x, x);
    }
}
