package org.sd15.unet;

import java.util.Arrays;

/**
 * The exponential of torch in single precision, at the exponents of the sinusoids of time. It is MKL's, which at one of 100
 * of them is the other neighbour of the exact value than the nearest. At timestep 999 that place moves an angle by 6e-5,
 * in every call of a run alike, which is a hundred times what rounding does elsewhere. Known for widths that are multiples
 * of 64 up to 640; for all others the exponential is rounded correctly.
 */
final class TorchExponential {

    /** Exponents whose exponential is the number above the nearest one, ascending. */
    private static final float[] ABOVE = {
        -7.9950876f,
        -7.627313f,
        -4.940964f,
        -3.9016025f,
        -2.9102118f,
        -2.558428f,
        -2.4177144f,
        -0.8634694f,
        -0.115129255f
    };

    /** Exponents whose exponential is the number below the nearest one, ascending. */
    private static final float[] BELOW = {-8.375653f, -6.9941025f, -5.228787f, -2.462487f, -0.7771225f};

    private TorchExponential() {}

    static float of(float exponent) {
        float nearest = (float) Math.exp(exponent);
        if (Arrays.binarySearch(ABOVE, exponent) >= 0) {
            return Math.nextUp(nearest);
        }
        return Arrays.binarySearch(BELOW, exponent) >= 0 ? Math.nextDown(nearest) : nearest;
    }
}
