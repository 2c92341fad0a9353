package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/** The gradients of {@link Mix}: inputs {@code P}, {@code V}, {@code dO}; results {@code dP}, {@code dV}. */
public record MixGradient(long heads, long queries, long keys) implements Kernel {

    @Override
    public int outputs() {
        return 2;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0), inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        AttentionProgram.forEachBlockInOrder(
                program, Heads.of(program.shape(2), heads, queries, keys), (attention, block) -> {
                    Slot probabilities = attention.scores("scores", block);
                    Slot gradient = attention.scores("gradient", block);
                    Slot cotangent = attention.queries(2, block);
                    attention.copy(attention.mapBlock(0, block), probabilities);
                    attention.addToKeys(probabilities, cotangent, 1, block, 1);
                    attention.timesTransposed("dP", cotangent, 1, gradient, block, new PostOps());
                    attention.copy(gradient, attention.mapResult(0, block));
                });
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
