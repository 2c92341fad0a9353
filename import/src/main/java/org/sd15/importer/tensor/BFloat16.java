package org.sd15.importer.tensor;

import org.sd15.attention.machine.HalfPrecision;

/** Google's brain float: the upper half of a float. */
final class BFloat16 {

    private static final short QUIET_NAN = 0x7fc0;

    private BFloat16() {}

    /** Exact: every bfloat16 is a float. */
    static float toFloat(short value) {
        return HalfPrecision.ofBfloat16(value);
    }

    /** To nearest, ties to even, as {@code tensor.bfloat16()} in PyTorch. */
    static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? QUIET_NAN : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
