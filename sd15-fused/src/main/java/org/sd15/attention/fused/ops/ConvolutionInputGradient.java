package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradient of a {@link Convolution} with respect to x: inputs {@code dy}, {@code K [size, size, in, out]}. The kernel
 * is brought into oneDNN's layout at each run: that takes little time, and keeping it would take as much memory as the
 * weights.
 */
public record ConvolutionInputGradient(long height, long width, long stride, long before, long after, long rank)
        implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(Shapes.map(rank, inputs.get(0)[0], height, width, inputs.get(1)[2]));
    }

    private ConvolutionGeometry geometry(long[] dy, long[] kernel) {
        return new ConvolutionGeometry(dy[0], height, width, kernel[2], kernel[3], kernel[0], stride, before, after);
    }

    @Override
    public double flops(List<long[]> inputs) {
        return geometry(inputs.get(0), inputs.get(1)).flops();
    }

    @Override
    public void build(ProgramBuilder program) {
        long[] kernel = program.shape(1);
        ConvolutionGeometry geometry = geometry(program.shape(0), kernel);
        if (Winograd.pays(geometry)) {
            new Winograd(program, geometry, new Winograd.Kernel(1, false, true))
                    .add(
                            program.input(0, geometry.output()),
                            ConvolutionAddends.NONE,
                            program.output(0, geometry.input()));
        } else if (stride == 1) {
            add(program, geometry, 0, 1);
        } else {
            int pictures = Math.toIntExact(geometry.batch());
            int lanes = Math.min(ProgramBuilder.lanes(), pictures);
            program.sideBySide(
                    lanes,
                    (lane, index) -> add(
                            lane,
                            geometry.withBatch(1),
                            pictures * index / lanes,
                            pictures * (index + 1) / lanes - pictures * index / lanes));
        }
    }

    /**
     * Some batches, one after the other. Where a kernel strides, oneDNN cuts the rows of a map by threads, and the order of
     * a sum depends on the place in its piece; a picture for each thread at a time has one order.
     */
    private static void add(ProgramBuilder program, ConvolutionGeometry geometry, int first, int batches) {
        var description = new convolution_backward_data.primitive_desc(
                OneDnn.engine(),
                algorithm.convolution_direct,
                geometry.input(),
                geometry.kernel(),
                geometry.output(),
                geometry.strides(),
                geometry.paddingBefore(),
                geometry.paddingAfter(),
                geometry.forward(prop_kind.forward_training, program.attributes(new PostOps())),
                program.attributes(new PostOps()),
                false);
        var primitive = new convolution_backward_data(description);
        Slot plain = program.input(1, ConvolutionGeometry.kernel(program.shape(1), program.stride(1)));
        Slot w = program.packed(plain, description.weights_desc());
        for (long batch = first; batch < first + batches; batch++) {
            program.add(
                    description,
                    primitive,
                    Map.of(
                            dnnl.DNNL_ARG_DIFF_DST,
                                    program.input(0, geometry.output(), batch * geometry.outputLength()),
                            dnnl.DNNL_ARG_WEIGHTS, w,
                            dnnl.DNNL_ARG_DIFF_SRC,
                                    program.output(0, geometry.input(), batch * geometry.inputLength())));
        }
    }

    @Override
    public boolean takesViews(int input) {
        return input == 1;
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
