package org.sd15.attention.machine;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataType;

/** Numbers of 16 bits as float32, which has all of them: IEEE 754 half precision and Google's brain float. */
public final class HalfPrecision {

    /** Numbers that are converted at a time: they stay in the processor's first cache. */
    private static final int CHUNK = 4096;

    /** Fewer are not worth a second thread. */
    private static final long LEAST_SHARED = 1 << 17;

    private static final int SIGN = 0x8000;
    private static final int MAGNITUDE = 0x7fff;
    private static final int INFINITY = 0x7c00;

    private HalfPrecision() {}

    /** All numbers of half precision: looking one up takes a quarter of the time of the arithmetic. */
    private static final class Table {
        private static final float[] FLOATS = new float[1 << Short.SIZE];

        static {
            for (int i = 0; i < FLOATS.length; i++) {
                FLOATS[i] = ofFloat16((short) i);
            }
        }

        private Table() {}
    }

    /** Memory at an address. */
    private static final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }

    /** Whether an array of a type holds numbers of 16 bits with a fraction. */
    public static boolean is(DataType type) {
        return type == DataType.HALF || type == DataType.BFLOAT16;
    }

    /** A number of half precision: 1 sign, 5 exponent and 10 fraction bits. Not-a-number keeps its fraction. */
    public static float ofFloat16(short half) {
        int magnitude = half & MAGNITUDE;
        // Put into a float's place the exponent is too small by 127 - 15; subnormal halves become normal by the
        // product.
        int bits = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude << 13) * 0x1p112f);
        int special = ((INFINITY - 1 - magnitude) >> 31) & 0x7f800000;
        return Float.intBitsToFloat(((half & SIGN) << 16) | bits | special);
    }

    /** A brain float: the upper half of a float. */
    public static float ofBfloat16(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    /**
     * Widens numbers that lie side by side, on all cores if they are many.
     *
     * @param type what {@link #is} says yes to
     * @param from address of the first, aligned to 2 bytes
     * @param to address of as many floats
     */
    public static void widen(DataType type, long from, long to, long count) {
        int lanes = count < LEAST_SHARED ? 1 : Lanes.count();
        List<Runnable> parts = new ArrayList<>();
        for (int i = 0; i < lanes; i++) {
            long begin = count * i / lanes;
            long end = count * (i + 1) / lanes;
            parts.add(() -> widenAlone(
                    type, from + begin * Short.BYTES, to + begin * Float.BYTES, Math.toIntExact(end - begin)));
        }
        if (lanes == 1) {
            parts.get(0).run();
        } else {
            Lanes.run(parts);
        }
    }

    private static void widenAlone(DataType type, long from, long to, int count) {
        ShortBuffer source = new ShortPointer(new Address(from)).capacity(count).asBuffer();
        FloatBuffer target = new FloatPointer(new Address(to)).capacity(count).asBuffer();
        short[] narrow = new short[CHUNK];
        float[] wide = new float[CHUNK];
        while (source.hasRemaining()) {
            int length = Math.min(CHUNK, source.remaining());
            source.get(narrow, 0, length);
            widen(type, narrow, wide, length);
            target.put(wide, 0, length);
        }
    }

    private static void widen(DataType type, short[] narrow, float[] wide, int length) {
        if (type == DataType.BFLOAT16) {
            for (int i = 0; i < length; i++) {
                wide[i] = ofBfloat16(narrow[i]);
            }
        } else {
            float[] floats = Table.FLOATS;
            for (int i = 0; i < length; i++) {
                wide[i] = floats[narrow[i] & 0xffff];
            }
        }
    }
}
