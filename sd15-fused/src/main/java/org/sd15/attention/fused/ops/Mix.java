package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The second half of {@link Attention}, after its map was edited: inputs {@code P [batch, heads, queries, keys]} and
 * {@code V}; the result is {@code [batch * queries, channels]}.
 */
public record Mix(long heads, long queries, long keys) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(rows(inputs.get(0), inputs.get(1)));
    }

    private long[] rows(long[] map, long[] value) {
        return new long[] {map[0] * queries, Shapes.last(value)};
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.length(inputs.get(0)) * Shapes.last(inputs.get(1)) / heads;
    }

    @Override
    public void build(ProgramBuilder program) {
        long[] result = rows(program.shape(0), program.shape(1));
        AttentionProgram.forEachBlock(
                program, Heads.of(result, heads, queries, keys).answeredBy(program.shape(1)), (attention, block) -> {
                    Slot probabilities = attention.scores("scores", block);
                    attention.copy(attention.mapBlock(0, block), probabilities);
                    attention.times("mix", probabilities, 1, attention.queryResult(0, block), block, new PostOps());
                });
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        var gradient = new MixGradient(heads, queries, keys);
        return List.of(op.next(gradient, op.arg(0), op.arg(1), gradients.get(0)).outputVariables());
    }
}
