package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/** {@code x sigmoid(alpha x)}: SiLU where alpha is 1, CLIP's GELU where it is 1.702. */
public record Swish(double alpha) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public void build(ProgramBuilder program) {
        var layout = Layouts.dense(Shapes.rows(program.shape(0)), Shapes.last(program.shape(0)));
        Elementwise.swish(alpha).add(program, program.input(0, layout), program.output(0, layout));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return List.of(
                op.next(new SwishGradient(alpha), op.arg(0), gradients.get(0)).outputVariable());
    }
}
