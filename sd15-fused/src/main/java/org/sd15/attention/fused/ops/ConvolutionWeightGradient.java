package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;
import org.sd15.attention.session.StridedShape;

/**
 * The gradients of a {@link Convolution} with respect to its kernel and its bias: inputs {@code x}, {@code dy}, and the
 * kernel for its shape.
 */
public record ConvolutionWeightGradient(long height, long width, long stride, long before, long after)
        implements Kernel {

    /** Numbers of a kernel that takes less time to be added up than its gradient takes to be computed. */
    private static final long SMALL_KERNEL = 1 << 18;

    private static final int MOST_PIECES = 8;

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
        ConvolutionGeometry geometry = geometry(program.shape(1), program.shape(2));
        long rows = Shapes.rows(program.shape(1));
        if (geometry.isPointwise()) {
            LinearWeightGradient.add(program, rows, geometry.in(), geometry.out());
        } else {
            Slot dy = program.input(1, Layouts.dense(rows, geometry.out()));
            Slot db = program.output(1, Layouts.dense(geometry.out()));
            new RowSum(PixelPieces.of(rows, rows, geometry.out())).add(program, dy, db);
            boolean small = Shapes.length(program.shape(2)) <= SMALL_KERNEL;
            ofKernel(program, geometry, small ? pieces(geometry.batch()) : 1);
        }
    }

    /**
     * How many pieces of as many pictures each there are: the largest number up to eight that there can be, or as many as
     * pictures. It has nothing to do with threads.
     */
    static int pieces(long pictures) {
        int pieces = Math.toIntExact(Math.min(MOST_PIECES, pictures));
        while (pictures % pieces != 0) {
            pieces--;
        }
        return pieces == 1 ? Math.toIntExact(pictures) : pieces;
    }

    /**
     * The gradient of the kernel: of one piece in all threads, or of several in one thread each, and their sum in their
     * order. Left to itself oneDNN gives threads pictures of their own where a kernel has too few channels to be shared out,
     * and then the number of threads decides how the sum over pictures is cut.
     */
    private void ofKernel(ProgramBuilder program, ConvolutionGeometry geometry, int pieces) {
        Slot dw = program.output(0, ConvolutionGeometry.kernel(program.shape(2), program.resultStride(0)));
        if (pieces == 1) {
            Product whole = new Product(program, geometry);
            Slot result = program.place(dw, whole.produced());
            whole.add(program, 0, result);
            program.unpack(result, dw);
            return;
        }
        int lanes = Math.min(ProgramBuilder.lanes(), pieces);
        List<Slot> parts = new ArrayList<>();
        program.sideBySide(lanes, (lane, index) -> {
            Product product = new Product(lane, geometry.withBatch(geometry.batch() / pieces));
            for (int piece = pieces * index / lanes; piece < pieces * (index + 1) / lanes; piece++) {
                Slot part = lane.temporary(product.produced());
                product.add(lane, piece, part);
                parts.add(part);
            }
        });
        Slot sum = parts.get(0);
        parts.subList(1, pieces).forEach(part -> program.accumulate(part, sum));
        program.copy(sum, dw);
    }

    /** The gradient of the kernel from some pictures. */
    private static final class Product {

        private final ConvolutionGeometry geometry;
        private final convolution_backward_weights.primitive_desc description;
        private final convolution_backward_weights primitive;

        Product(ProgramBuilder program, ConvolutionGeometry geometry) {
            this.geometry = geometry;
            this.description = new convolution_backward_weights.primitive_desc(
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
            this.primitive = new convolution_backward_weights(description);
        }

        desc produced() {
            return description.diff_weights_desc();
        }

        void add(ProgramBuilder program, int piece, Slot dw) {
            program.add(
                    description,
                    primitive,
                    Map.of(
                            dnnl.DNNL_ARG_SRC, program.input(0, geometry.input(), piece * geometry.inputLength()),
                            dnnl.DNNL_ARG_DIFF_DST,
                                    program.input(1, geometry.output(), piece * geometry.outputLength()),
                            dnnl.DNNL_ARG_DIFF_WEIGHTS, dw));
        }
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
