package org.sd15.attention.fused.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;

/** Memory descriptors, of float32 arrays unless a type is given. */
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
        return any(memory.data_type.f32, dims);
    }

    /** A layout of oneDNN's choice, of some type. */
    public static desc any(memory.data_type type, long... dims) {
        return new desc(dims, type, memory.format_tag.any);
    }

    /** The same dimensions and strides in another type. */
    public static desc as(memory.data_type type, desc layout) {
        long[] dims = new long[layout.get_ndims()];
        long[] strides = new long[dims.length];
        layout.get_dims().get(dims);
        layout.get_strides().get(strides);
        return new desc(dims, type, strides);
    }

    /** {@code [batch, channels, height, width]} as oneDNN names it, lying as {@code [batch, height, width, channels]}. */
    public static desc nhwc(long batch, long channels, long height, long width) {
        return new desc(new long[] {batch, channels, height, width}, memory.data_type.f32, memory.format_tag.nhwc);
    }
}
