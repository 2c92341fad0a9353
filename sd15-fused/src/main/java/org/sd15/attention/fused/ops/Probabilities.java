package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/**
 * The first half of {@link Attention}, where its map is read or edited: inputs {@code Q}, {@code K} and the bias if there
 * is one; the result is {@code [batch, heads, queries, keys]}.
 */
public record Probabilities(long heads, long queries, long keys, boolean biased) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long batch = Shapes.rows(inputs.get(0)) / queries;
        return List.of(new long[] {batch, heads, queries, keys});
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.length(inputs.get(0)) * keys;
    }

    @Override
    public void build(ProgramBuilder program) {
        AttentionProgram.forEachBlock(
                program,
                Heads.of(program.shape(0), heads, queries, keys).answeredBy(program.shape(1)),
                (attention, block) -> attention.copy(
                        attention.probabilities(block, biased ? Integer.valueOf(2) : null),
                        attention.mapResult(0, block)));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        var gradient = new ProbabilitiesGradient(heads, queries, keys);
        SDVariable map = op.outputVariable();
        List<SDVariable> all = new ArrayList<>(List.of(
                op.next(gradient, op.arg(0), op.arg(1), map, gradients.get(0)).outputVariables()));
        if (biased) {
            all.add(op.next(new NoGradient(), op.arg(2)).outputVariable());
        }
        return all;
    }
}
