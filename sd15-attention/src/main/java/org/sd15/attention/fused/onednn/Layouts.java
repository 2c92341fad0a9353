package org.sd15.attention.fused.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;

/** Memory descriptors of float32 arrays. */
public final class Layouts {

    private Layouts() {}

    /** Rows one after the other, the last dimension dense. */
    public static desc dense(long... dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strided(dims, strides);
    }

    /** Any strides. */
    public static desc strided(long[] dims, long[] strides) {
        return new desc(dims, memory.data_type.f32, strides);
    }

    /** A layout of oneDNN's choice. */
    public static desc any(long... dims) {
        return new desc(dims, memory.data_type.f32, memory.format_tag.any);
    }

    /** {@code [batch, channels, height, width]} as oneDNN names it, lying as {@code [batch, height, width, channels]}. */
    public static desc nhwc(long batch, long channels, long height, long width) {
        return new desc(new long[] {batch, channels, height, width}, memory.data_type.f32, memory.format_tag.nhwc);
    }
}
