package org.sd15.importer.tensor;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/** Numbers with a fraction, between their formats and Java's. Buffers are little-endian. */
final class Fractions {

    private Fractions() {}

    static float[] readFloats(DType from, ByteBuffer in, int elements) {
        float[] out = new float[elements];
        switch (from) {
            case F32 -> in.asFloatBuffer().get(out);
            case F16 -> {
                short[] bits = shorts(in, elements);
                for (int i = 0; i < elements; i++) {
                    out[i] = Float16.toFloat(bits[i]);
                }
            }
            case BF16 -> {
                short[] bits = shorts(in, elements);
                for (int i = 0; i < elements; i++) {
                    out[i] = BFloat16.toFloat(bits[i]);
                }
            }
            case F8_E5M2 -> {
                for (int i = 0; i < elements; i++) {
                    out[i] = Float8.e5m2ToFloat(in.get());
                }
            }
            case F8_E4M3 -> {
                for (int i = 0; i < elements; i++) {
                    out[i] = Float8.e4m3ToFloat(in.get());
                }
            }
            default -> throw new IllegalArgumentException(from.toString());
        }
        return out;
    }

    static double[] readDoubles(DType from, ByteBuffer in, int elements) {
        double[] out = new double[elements];
        if (from == DType.F64) {
            in.asDoubleBuffer().get(out);
        } else {
            float[] floats = readFloats(from, in, elements);
            for (int i = 0; i < elements; i++) {
                out[i] = floats[i];
            }
        }
        return out;
    }

    static void writeFloats(float[] values, DType to, ByteBuffer out) {
        switch (to) {
            case F32 -> out.asFloatBuffer().put(values);
            case F16 -> {
                short[] bits = new short[values.length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = Float16.fromFloat(values[i]);
                }
                out.asShortBuffer().put(bits);
            }
            case BF16 -> {
                short[] bits = new short[values.length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = BFloat16.fromFloat(values[i]);
                }
                out.asShortBuffer().put(bits);
            }
            default -> throw new IllegalArgumentException(to.toString());
        }
        advance(out, to, values.length);
    }

    /** A double becomes a half by way of a float, as in PyTorch. */
    static void writeDoubles(double[] values, DType to, ByteBuffer out) {
        if (to == DType.F64) {
            out.asDoubleBuffer().put(values);
            advance(out, to, values.length);
            return;
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        writeFloats(floats, to, out);
    }

    private static void advance(ByteBuffer out, DType to, int elements) {
        out.position(out.position() + elements * to.bits() / Byte.SIZE);
    }

    private static short[] shorts(ByteBuffer in, int elements) {
        short[] bits = new short[elements];
        ShortBuffer view = in.asShortBuffer();
        view.get(bits);
        return bits;
    }
}
