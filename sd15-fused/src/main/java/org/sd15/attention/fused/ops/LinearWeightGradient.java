package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * {@code dW = dy^T x} and {@code db}, the sum of the rows of dy: inputs {@code x [..., in]}, {@code dy [..., out]}.
 */
public record LinearWeightGradient() implements Kernel {

    /**
     * Weights from which on oneDNN has enough blocks of them for all threads. With fewer it gives threads rows of their own,
     * and then their number decides how the sum over rows is cut.
     */
    private static final long LEAST_SHARED = 1 << 16;

    private static final int MOST_PIECES = 8;
    private static final long LEAST_ROWS = 64;

    @Override
    public int outputs() {
        return 2;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long in = Shapes.last(inputs.get(0));
        long out = Shapes.last(inputs.get(1));
        return List.of(new long[] {out, in}, new long[] {out});
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.length(inputs.get(0)) * Shapes.last(inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        add(program, Shapes.rows(program.shape(0)), Shapes.last(program.shape(0)), Shapes.last(program.shape(1)));
    }

    /** Adds the steps, for rows that are tokens or pixels, of the first two arguments to the first two results. */
    static void add(ProgramBuilder program, long rows, long in, long out) {
        new RowSum(PixelPieces.of(rows, rows, out))
                .add(program, program.input(1, Layouts.dense(rows, out)), program.output(1, Layouts.dense(out)));
        if (in * out >= LEAST_SHARED) {
            Product whole = new Product(program, rows, in, out, Layouts.any(out, in));
            Slot dw = program.output(0, Layouts.dense(out, in));
            Slot result = program.place(dw, whole.produced());
            whole.add(program, 0, result);
            program.unpack(result, dw);
        } else {
            addPieces(program, rows, in, out);
        }
    }

    /** Pieces of rows in one thread each, and their sum in their order. */
    private static void addPieces(ProgramBuilder program, long rows, long in, long out) {
        int pieces = pieces(rows);
        Slot partial = program.temporary(Layouts.dense(pieces, out * in));
        desc weights = Layouts.dense(out, in);
        int lanes = Math.min(ProgramBuilder.lanes(), pieces);
        program.sideBySide(lanes, (lane, index) -> {
            Product product = new Product(lane, rows / pieces, in, out, weights);
            for (int piece = pieces * index / lanes; piece < pieces * (index + 1) / lanes; piece++) {
                product.add(lane, piece, lane.view(partial, weights, piece * out * in));
            }
        });
        Slot dw = program.output(0, weights);
        program.compute(values -> RowSum.total(values.get(0), pieces, values.get(1)), partial, dw);
    }

    /** The largest number that rows can be cut into evenly, without too few in a piece. */
    private static int pieces(long rows) {
        int pieces = MOST_PIECES;
        while (pieces > 1 && (rows % pieces != 0 || rows / pieces < LEAST_ROWS)) {
            pieces--;
        }
        return pieces;
    }

    /** {@code dy^T x} of some rows. */
    private static final class Product {

        private final long ofX;
        private final long ofDy;
        private final desc x;
        private final desc dy;
        private final inner_product_backward_weights.primitive_desc description;
        private final inner_product_backward_weights primitive;

        Product(ProgramBuilder program, long rows, long in, long out, desc weights) {
            ofX = rows * in;
            ofDy = rows * out;
            x = Layouts.dense(rows, in);
            dy = Layouts.dense(rows, out);
            var forward = new inner_product_forward.primitive_desc(
                    OneDnn.engine(), prop_kind.forward_training, x, weights, dy);
            description = new inner_product_backward_weights.primitive_desc(
                    OneDnn.engine(), x, weights, dy, forward, program.attributes(new PostOps()), false);
            primitive = new inner_product_backward_weights(description);
        }

        desc produced() {
            return description.diff_weights_desc();
        }

        void add(ProgramBuilder program, long piece, Slot dw) {
            program.add(
                    description,
                    primitive,
                    Map.of(
                            dnnl.DNNL_ARG_SRC, program.input(0, x, piece * ofX),
                            dnnl.DNNL_ARG_DIFF_DST, program.input(1, dy, piece * ofDy),
                            dnnl.DNNL_ARG_DIFF_WEIGHTS, dw));
        }
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
