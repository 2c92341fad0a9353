package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * A linear layer and GEGLU: {@code a gelu(g)} for the two halves a, g of {@code x W^T + b}. Inputs {@code x [..., in]},
 * {@code W [2 c, in]}, {@code b [2 c]}; the result is {@code [..., c]}.
 *
 * @param constant whether the weights never change
 */
public record GeGlu(boolean constant) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(Shapes.wide(inputs.get(0), inputs.get(1)[0] / 2));
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.rows(inputs.get(0)) * Shapes.length(inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        var layout = Layouts.dense(Shapes.rows(program.shape(0)), program.shape(1)[0] / 2);
        Slot gate = program.temporary(layout);
        Slot x = program.factor(
                input(program), program.matrixType(layout.get_dims().get(0)));
        half(program, x, 1, constant, gate, new PostOps().gelu());
        half(program, x, 0, constant, program.output(0, layout), new PostOps().multiply(gate));
    }

    static Slot input(ProgramBuilder program) {
        return program.input(0, Layouts.dense(Shapes.rows(program.shape(0)), Shapes.last(program.shape(0))));
    }

    /** One half of the linear layer, in the type of x. */
    static void half(ProgramBuilder program, Slot x, int half, boolean constant, Slot result, PostOps post) {
        long in = Shapes.last(program.shape(0));
        long out = program.shape(1)[0] / 2;
        Slot b = program.input(2, Layouts.dense(1, out), half * out);
        var product = new MatrixProduct(
                program,
                x.layout(),
                Layouts.any(x.layout().get_data_type(), in, out),
                b.layout(),
                result.layout(),
                post);
        Slot w = program.weights(1, Linear.transposed(out, in), half * out * in, product.right(), constant);
        product.add(x, w, b, result, post);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        SDVariable both = op.next(new GeGluGradient(constant), op.arg(0), op.arg(1), op.arg(2), gradients.get(0))
                .outputVariable();
        SDVariable[] ofWeights =
                op.next(new LinearWeightGradient(), op.arg(0), both).outputVariables();
        SDVariable dx = op.next(new LinearInputGradient(), both, op.arg(1)).outputVariable();
        return List.of(dx, ofWeights[0], ofWeights[1]);
    }
}
