package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * {@code x W^T + b + r}: inputs {@code x [..., in]}, {@code W [out, in]}, {@code b [out]} if there is a bias,
 * {@code r [..., out]} if there is a residual.
 *
 * @param constant whether the weights never change
 */
public record Linear(boolean bias, boolean residual, boolean constant) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(Shapes.wide(inputs.get(0), inputs.get(1)[0]));
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.rows(inputs.get(0)) * Shapes.length(inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        long rows = Shapes.rows(program.shape(0));
        long in = Shapes.last(program.shape(0));
        long out = program.shape(1)[0];
        var type = program.matrixType(Math.min(rows, Math.min(in, out)));
        Slot x = program.factor(program.input(0, Layouts.dense(rows, in)), type);
        Slot y = program.output(0, Layouts.dense(rows, out));
        Slot b = bias ? program.input(2, Layouts.dense(1, out)) : null;
        var post = new PostOps();
        if (residual) {
            post.add(program.input(bias ? 3 : 2, Layouts.dense(rows, out)));
        }
        var product = new MatrixProduct(
                program, x.layout(), Layouts.any(type, in, out), b == null ? null : b.layout(), y.layout(), post);
        Slot w = program.weights(1, transposed(out, in), 0, product.right(), constant);
        product.add(x, w, b, y, post);
    }

    /** {@code [out, in]} in memory, seen as {@code [in, out]}. */
    static desc transposed(long out, long in) {
        return Layouts.strided(new long[] {in, out}, new long[] {1, in});
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        SDVariable dy = gradients.get(0);
        SDVariable[] ofWeights =
                op.next(new LinearWeightGradient(), op.arg(0), dy).outputVariables();
        List<SDVariable> all = new ArrayList<>();
        all.add(op.next(new LinearInputGradient(), dy, op.arg(1)).outputVariable());
        all.add(ofWeights[0]);
        if (bias) {
            all.add(ofWeights[1]);
        }
        if (residual) {
            all.add(dy);
        }
        return all;
    }
}
