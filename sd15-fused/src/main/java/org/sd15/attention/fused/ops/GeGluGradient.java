package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradient of a {@link GeGlu} with respect to what its linear layer gives: inputs {@code x}, {@code W}, {@code b},
 * {@code dy [..., c]}; the result is {@code [..., 2 c]}. The linear layer is computed again instead of being kept: its
 * result is the largest of a transformer block.
 */
public record GeGluGradient(boolean constant) implements Kernel {

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
        long out = program.shape(1)[0] / 2;
        var layout = Layouts.dense(rows, out);
        Slot x = GeGlu.input(program);
        Slot dy = program.input(3, layout);
        Slot gate = program.temporary(layout);
        Slot some = program.temporary(layout);
        GeGlu.half(program, x, 1, constant, gate, new PostOps());
        Elementwise.gelu().add(program, gate, some);
        Elementwise.multiply(program, some, dy, some, new PostOps()); // d a = gelu(g) dy
        program.copy(some, half(program, rows, out, 0));
        GeGlu.half(program, x, 0, constant, some, new PostOps().multiply(dy));
        Elementwise.gelu().addBackward(program, gate, some, some); // d g = gelu'(g) a dy
        program.copy(some, half(program, rows, out, 1));
    }

    private static Slot half(ProgramBuilder program, long rows, long out, int half) {
        var strided = Layouts.strided(new long[] {rows, out}, new long[] {2 * out, 1});
        return program.output(0, strided, half * out);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
