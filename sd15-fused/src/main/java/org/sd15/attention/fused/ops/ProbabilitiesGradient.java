package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradients of {@link Probabilities}: inputs {@code Q}, {@code K}, {@code P}, {@code dP}; results {@code dQ},
 * {@code dK}.
 */
public record ProbabilitiesGradient(long heads, long queries, long keys) implements Kernel {

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
        Heads plan = Heads.of(program.shape(0), heads, queries, keys);
        AttentionProgram.forEachBlockInOrder(program, plan, (attention, block) -> {
            Slot probabilities = attention.scores("scores", block);
            Slot scores = attention.scores("gradient", block);
            attention.copy(attention.mapBlock(2, block), probabilities);
            attention.copy(attention.mapBlock(3, block), scores);
            attention.softmax(block).addBackward(probabilities, scores);
            var scale = new PostOps().scale(plan.scale());
            attention.times("dQ", scores, 1, attention.queryResult(0, block), block, scale);
            attention.addToKeys(scores, attention.queries(0, block), 1, block, plan.scale());
        });
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
