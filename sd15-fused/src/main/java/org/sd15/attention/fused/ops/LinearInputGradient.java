package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/** {@code dx = dy W}: inputs {@code dy [..., out]}, {@code W [out, in]}. The weights are read as they lie. */
public record LinearInputGradient() implements Kernel {

    /**
     * A product of fewer rows, such as that of a time embedding, is done in one thread: oneDNN cuts the sums of a single
     * row by threads, and there is little to share.
     */
    private static final long FEW_ROWS = 16;

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(Shapes.wide(inputs.get(0), inputs.get(1)[1]));
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.rows(inputs.get(0)) * Shapes.length(inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        long rows = Shapes.rows(program.shape(0));
        long out = program.shape(1)[0];
        long in = program.shape(1)[1];
        Slot dy = program.input(0, Layouts.dense(rows, out));
        Slot w = program.input(1, Layouts.dense(out, in));
        Slot dx = program.output(0, Layouts.dense(rows, in));
        if (rows < FEW_ROWS) {
            program.sideBySide(1, (lane, index) -> multiply(lane, dy, w, dx));
        } else {
            multiply(program, dy, w, dx);
        }
    }

    private static void multiply(ProgramBuilder program, Slot dy, Slot w, Slot dx) {
        var post = new PostOps();
        new MatrixProduct(program, dy.layout(), w.layout(), dx.layout(), post).add(dy, w, null, dx, post);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
