package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * A convolution, plus a vector a picture, plus a residual: inputs {@code x}, {@code K [size, size, in, out]},
 * {@code b [out]}, {@code v [batch, out]} if there is a vector, {@code r [batch, height, width, out]} if there is a
 * residual.
 *
 * @param height rows of x
 * @param width columns of x
 * @param stride of the convolution
 * @param before padding at the top and at the left
 * @param after padding at the bottom and at the right
 * @param rank dimensions with which x is written
 * @param constant whether the kernel never changes
 */
public record Convolution(
        long height,
        long width,
        long stride,
        long before,
        long after,
        long rank,
        boolean vector,
        boolean residual,
        boolean constant)
        implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        ConvolutionGeometry geometry = geometry(inputs.get(0), inputs.get(1));
        return List.of(new long[] {geometry.batch(), geometry.outputHeight(), geometry.outputWidth(), geometry.out()});
    }

    private ConvolutionGeometry geometry(long[] x, long[] kernel) {
        return new ConvolutionGeometry(
                Shapes.rows(x) / (height * width),
                height,
                width,
                kernel[2],
                kernel[3],
                kernel[0],
                stride,
                before,
                after);
    }

    @Override
    public double flops(List<long[]> inputs) {
        return geometry(inputs.get(0), inputs.get(1)).flops();
    }

    static boolean isWinograd(ProgramBuilder program, ConvolutionGeometry geometry) {
        long shortest = Math.min(geometry.in(), geometry.out());
        return program.matrixType(shortest) == memory.data_type.f32 && Winograd.pays(geometry);
    }

    @Override
    public void build(ProgramBuilder program) {
        ConvolutionGeometry geometry = geometry(program.shape(0), program.shape(1));
        if (isWinograd(program, geometry)) {
            new Winograd(program, geometry, new Winograd.Kernel(1, constant, false))
                    .add(
                            program.input(0, geometry.input()),
                            addends(program, geometry),
                            program.output(0, geometry.output()));
            return;
        }
        var type = program.matrixType(Math.min(geometry.in(), geometry.out()));
        PartialConvolution partial = type == memory.data_type.f32 ? PartialConvolution.of(geometry) : null;
        if (partial != null) {
            partial.add(program, 1, constant, addends(program, geometry), program.output(0, geometry.output()));
            return;
        }
        Slot x = program.factor(program.input(0, geometry.input()), type);
        Slot b = program.input(2, Layouts.dense(geometry.out()));
        Slot y = program.output(0, geometry.output());
        var post = new PostOps();
        if (vector) {
            post.add(program.input(3, Layouts.nhwc(geometry.batch(), geometry.out(), 1, 1)));
        }
        if (residual) {
            post.add(program.input(vector ? 4 : 3, geometry.output()));
        }
        var description = geometry.forward(prop_kind.forward_inference, type, program.attributes(post));
        var kernel = ConvolutionGeometry.kernel(program.shape(1), program.stride(1));
        Slot w = program.weights(1, kernel, 0, description.weights_desc(), constant);
        Map<Integer, Slot> arguments = new LinkedHashMap<>(post.arguments());
        arguments.putAll(
                Map.of(dnnl.DNNL_ARG_SRC, x, dnnl.DNNL_ARG_WEIGHTS, w, dnnl.DNNL_ARG_BIAS, b, dnnl.DNNL_ARG_DST, y));
        program.add(description, new convolution_forward(description), arguments);
    }

    private ConvolutionAddends addends(ProgramBuilder program, ConvolutionGeometry geometry) {
        return new ConvolutionAddends(
                program.input(2, Layouts.dense(geometry.out())),
                vector ? program.input(3, Layouts.dense(geometry.batch(), geometry.out())) : null,
                residual ? program.input(vector ? 4 : 3, geometry.output()) : null);
    }

    /** The same with a vector a picture, its last input. */
    public Convolution withVector() {
        return new Convolution(height, width, stride, before, after, rank, true, residual, constant);
    }

    /** The same with a residual, its last input. */
    public Convolution withResidual() {
        return new Convolution(height, width, stride, before, after, rank, vector, true, constant);
    }

    @Override
    public boolean takesViews(int input) {
        return input == 1;
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        SDVariable dy = gradients.get(0);
        var ofInput = new ConvolutionInputGradient(height, width, stride, before, after, rank);
        var ofWeights = new ConvolutionWeightGradient(height, width, stride, before, after);
        SDVariable[] weights = op.next(ofWeights, op.arg(0), dy, op.arg(1)).outputVariables();
        List<SDVariable> all = new ArrayList<>();
        all.add(op.next(ofInput, dy, op.arg(1)).outputVariable());
        all.add(weights[0]);
        all.add(weights[1]);
        if (vector) {
            all.add(op.next(new PixelSum(), dy).outputVariable());
        }
        if (residual) {
            all.add(dy);
        }
        return all;
    }
}
