package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * {@code softmax(Q K^T / sqrt(d) + bias) V} of every head, without ever holding a map: inputs {@code Q}, {@code K},
 * {@code V}, and {@code bias [batch or 1, 1, queries or 1, keys]} if there is one.
 *
 * @see <a href="https://arxiv.org/abs/2112.05682">Rabe and Staats, Self-attention does not need O(n^2) memory</a>
 */
public record Attention(long heads, long queries, long keys, boolean biased) implements Kernel {

    private static final long LEAST_NARROW_KEYS = 512;

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 4.0 * Shapes.length(inputs.get(0)) * keys;
    }

    @Override
    public void build(ProgramBuilder program) {
        Heads plan = Heads.of(program.shape(0), heads, queries, keys).answeredBy(program.shape(1), program.shape(2));
        AttentionProgram.forEachBlock(program, plan, factorType(program, plan), (attention, block) -> {
            Slot probabilities = attention.probabilities(block, bias());
            attention.times("mix", probabilities, 2, attention.queryResult(0, block), block, new PostOps());
        });
    }

    /** Where a map is small, its products cost little and stay in float32, whatever the precision. */
    private memory.data_type factorType(ProgramBuilder program, Heads plan) {
        boolean narrow = keys >= LEAST_NARROW_KEYS && queries > plan.block();
        return narrow ? program.matrixType(keys) : memory.data_type.f32;
    }

    private @Nullable Integer bias() {
        return biased ? 3 : null;
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        SDVariable[] inputs = new SDVariable[biased ? 5 : 4];
        inputs[0] = op.arg(0);
        inputs[1] = op.arg(1);
        inputs[2] = op.arg(2);
        inputs[3] = gradients.get(0);
        if (biased) {
            inputs[4] = op.arg(3);
        }
        var gradient = new AttentionGradient(heads, queries, keys, biased);
        List<SDVariable> all = new ArrayList<>(List.of(op.next(gradient, inputs).outputVariables()));
        if (biased) {
            all.add(op.next(new NoGradient(), op.arg(3)).outputVariable());
        }
        return all;
    }
}
