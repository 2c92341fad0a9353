package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;
import org.sd15.attention.graph.StridedShape;

/**
 * The gradients of a {@link Convolution} with respect to its kernel and its bias: inputs {@code x}, {@code dy}, and the
 * kernel for its shape.
 */
public record ConvolutionWeightGradient(long height, long width, long stride, long before, long after)
        implements Kernel {

    @Override
    public int outputs() {
        return 2;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(2), new long[] {Shapes.last(inputs.get(1))});
    }

    /** The gradient of the kernel lies as kernels are stored: {@code [out, in, size, size]}. */
    @Override
    public LongShapeDescriptor descriptor(int result, long[] shape) {
        return result == 0
                ? new StridedShape(shape, stored(shape), DataType.FLOAT)
                : Kernel.super.descriptor(result, shape);
    }

    /** Strides of a kernel {@code [size, size, in, out]} that is stored as {@code [out, in, size, size]}. */
    private static long[] stored(long[] kernel) {
        long taps = kernel[0] * kernel[1];
        return new long[] {kernel[1], 1, taps, taps * kernel[2]};
    }

    private ConvolutionGeometry geometry(long[] dy, long[] kernel) {
        return new ConvolutionGeometry(dy[0], height, width, kernel[2], kernel[3], kernel[0], stride, before, after);
    }

    @Override
    public double flops(List<long[]> inputs) {
        return geometry(inputs.get(1), inputs.get(2)).flops();
    }

    @Override
    public void build(ProgramBuilder program) {
        long[] kernel = program.shape(2);
        ConvolutionGeometry geometry = geometry(program.shape(1), kernel);
        Slot x = program.input(0, geometry.input());
        Slot dy = program.input(1, geometry.output());
        Slot dw = program.output(0, ConvolutionGeometry.kernel(kernel, program.resultStride(0)));
        Slot db = program.output(1, Layouts.dense(kernel[3]));
        var description = new convolution_backward_weights.primitive_desc(
                OneDnn.engine(),
                algorithm.convolution_direct,
                geometry.input(),
                geometry.kernel(),
                db.layout(),
                geometry.output(),
                geometry.strides(),
                geometry.paddingBefore(),
                geometry.paddingAfter(),
                geometry.forward(prop_kind.forward_training, program.attributes(new PostOps())),
                program.attributes(new PostOps()),
                false);
        Slot result = program.place(dw, description.diff_weights_desc());
        program.add(
                description,
                new convolution_backward_weights(description),
                Map.of(
                        dnnl.DNNL_ARG_SRC, x,
                        dnnl.DNNL_ARG_DIFF_DST, dy,
                        dnnl.DNNL_ARG_DIFF_WEIGHTS, result,
                        dnnl.DNNL_ARG_DIFF_BIAS, db));
        program.unpack(result, dw);
    }

    @Override
    public boolean takesViews(int input) {
        return input == 2;
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
