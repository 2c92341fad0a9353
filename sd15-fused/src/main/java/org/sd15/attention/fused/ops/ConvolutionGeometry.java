package org.sd15.attention.fused.ops;

import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.primitive_attr;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;

/** The sizes of a convolution, and what oneDNN is told of them. */
record ConvolutionGeometry(
        long batch, long height, long width, long in, long out, long size, long stride, long before, long after) {

    long outputHeight() {
        return (height + before + after - size) / stride + 1;
    }

    long outputWidth() {
        return (width + before + after - size) / stride + 1;
    }

    /** The same for another number of pictures. */
    ConvolutionGeometry withBatch(long pictures) {
        return new ConvolutionGeometry(pictures, height, width, in, out, size, stride, before, after);
    }

    /** Whether it is a linear layer on pixels. */
    boolean isPointwise() {
        return size == 1 && stride == 1 && before == 0 && after == 0;
    }

    /** Multiplications and additions by the definition. */
    double flops() {
        return 2.0 * batch * outputHeight() * outputWidth() * out * in * size * size;
    }

    /** Numbers of the maps that go in. */
    long inputLength() {
        return batch * height * width * in;
    }

    /** Numbers of the maps that come out. */
    long outputLength() {
        return batch * outputHeight() * outputWidth() * out;
    }

    desc input() {
        return Layouts.nhwc(batch, in, height, width);
    }

    desc output() {
        return Layouts.nhwc(batch, out, outputHeight(), outputWidth());
    }

    /** A kernel in a layout of oneDNN's choice. */
    desc kernel() {
        return Layouts.any(out, in, size, size);
    }

    /** A kernel {@code [size, size, in, out]} with some strides, in oneDNN's order of dimensions. */
    static desc kernel(long[] shape, long[] stride) {
        return Layouts.strided(
                new long[] {shape[3], shape[2], shape[0], shape[1]},
                new long[] {stride[3], stride[2], stride[0], stride[1]});
    }

    long[] strides() {
        return new long[] {stride, stride};
    }

    long[] paddingBefore() {
        return new long[] {before, before};
    }

    /** What is really read behind the map; the rest of the padding is left over by the stride. */
    long[] paddingAfter() {
        return new long[] {
            (outputHeight() - 1) * stride + size - height - before, (outputWidth() - 1) * stride + size - width - before
        };
    }

    convolution_forward.primitive_desc forward(prop_kind kind, primitive_attr attributes) {
        return forward(kind, memory.data_type.f32, attributes);
    }

    /** The forward primitive that multiplies in some type and adds in float32. */
    convolution_forward.primitive_desc forward(prop_kind kind, memory.data_type type, primitive_attr attributes) {
        return new convolution_forward.primitive_desc(
                OneDnn.engine(),
                kind,
                algorithm.convolution_direct,
                Layouts.as(type, input()),
                Layouts.any(type, out, in, size, size),
                Layouts.dense(out),
                output(),
                strides(),
                paddingBefore(),
                paddingAfter(),
                attributes,
                false);
    }

    /**
     * The forward primitive of parts of the input channels.
     *
     * @param block output channels of a part; the result has those of all parts side by side
     */
    convolution_forward.primitive_desc inParts(long parts, long block, primitive_attr attributes) {
        return new convolution_forward.primitive_desc(
                OneDnn.engine(),
                prop_kind.forward_inference,
                algorithm.convolution_direct,
                input(),
                Layouts.any(parts, block, in / parts, size, size),
                Layouts.dense(parts * block),
                Layouts.nhwc(batch, parts * block, outputHeight(), outputWidth()),
                strides(),
                paddingBefore(),
                paddingAfter(),
                attributes,
                false);
    }
}
