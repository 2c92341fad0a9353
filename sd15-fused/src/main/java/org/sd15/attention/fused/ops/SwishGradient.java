package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/** The gradient of {@link Swish}: inputs {@code x}, {@code dy}. */
public record SwishGradient(double alpha) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public void build(ProgramBuilder program) {
        var layout = Layouts.dense(Shapes.rows(program.shape(0)), Shapes.last(program.shape(0)));
        Elementwise.swish(alpha)
                .addBackward(program, program.input(0, layout), program.input(1, layout), program.output(0, layout));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
