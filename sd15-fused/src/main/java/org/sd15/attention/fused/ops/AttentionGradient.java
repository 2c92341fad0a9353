package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradients of {@link Attention}: inputs {@code Q}, {@code K}, {@code V}, {@code dO} and the bias if there is one;
 * results {@code dQ}, {@code dK}, {@code dV}. Probabilities are computed again, block by block.
 *
 * @see <a href="https://arxiv.org/abs/2205.14135">Dao et al., FlashAttention, appendix B</a>
 */
public record AttentionGradient(long heads, long queries, long keys, boolean biased) implements Kernel {

    @Override
    public int outputs() {
        return 3;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0), inputs.get(1), inputs.get(2));
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 10.0 * Shapes.length(inputs.get(0)) * keys;
    }

    @Override
    public void build(ProgramBuilder program) {
        Heads plan = Heads.of(program.shape(0), heads, queries, keys);
        AttentionProgram.forEachBlockInOrder(program, plan, (attention, block) -> {
            Slot probabilities = attention.probabilities(block, biased ? Integer.valueOf(4) : null);
            Slot cotangent = attention.queries(3, block);
            attention.addToKeys(probabilities, cotangent, 2, block, 1); // dV = P^T dO
            Slot scores = attention.scores("gradient", block);
            attention.timesTransposed("dP", cotangent, 2, scores, block, new PostOps()); // dP = dO V^T
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
