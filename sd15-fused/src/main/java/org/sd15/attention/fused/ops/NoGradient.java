package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/** Stands where a gradient was not written, and throws where it is asked for, rather than giving zeros. */
public record NoGradient() implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public void build(ProgramBuilder program) {
        throw new UnsupportedOperationException(
                "the fused formulation has no gradient with respect to a bias of attention; use Execution.NATIVE");
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
