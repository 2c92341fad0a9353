package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.attention.fused.BothExecutions.assertSame;
import static org.sd15.attention.fused.BothExecutions.evaluate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.Factor;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Tokens;

/**
 * The words of the vocabulary, fused against native, with all gradients, in the shapes where cutting into blocks,
 * padding and views could go wrong. Both are float32; the bounds are ten times what PyTorch's float32 is away from
 * float64 on such blocks.
 */
class FusedExecutionTest {

    @ParameterizedTest
    @CsvSource({
        "1, 16, 16, 8, 4", // square, whole blocks
        "2, 1100, 1100, 16, 2", // more than a block of queries, one head at a time
        "2, 700, 9, 24, 3", // all heads at once
        "1, 5, 600, 16, 1" // fewer queries than keys
    })
    void attends(int batch, int queries, int keys, int channels, int heads) {
        assertSame((scope, in) -> scope.formulation()
                .attention(
                        scope,
                        in.tokens("q", batch, queries, channels),
                        in.tokens("k", batch, keys, channels),
                        in.tokens("v", batch, keys, channels),
                        heads,
                        AttentionPorts.NONE)
                .rows());
    }

    /** Dropout's noise or a mask: the map is then a variable, in both formulations. */
    @ParameterizedTest
    @CsvSource({"2, 7, 5, 12, 3, true", "1, 700, 9, 16, 2, false"})
    void attendsWithAFactorOnTheMap(int batch, int queries, int keys, int channels, int heads, boolean perQuery) {
        assertSame((scope, in) -> {
            var factor = new Factor(in.array("factor", batch, heads, perQuery ? queries : 1, keys), perQuery);
            return scope.formulation()
                    .attention(
                            scope,
                            in.tokens("q", batch, queries, channels),
                            in.tokens("k", batch, keys, channels),
                            in.tokens("v", batch, keys, channels),
                            heads,
                            AttentionPorts.NONE.times(factor))
                    .rows();
        });
    }

    @Test
    void addsWhatNoOperationTakesIn() {
        assertSame((scope, in) -> {
            FeatureMap x = in.map("x", 2, 3, 4, 5);
            FeatureMap sum = scope.formulation().plus(x, in.map("y", 2, 3, 4, 5));
            return scope.formulation()
                    .addPerPicture(sum, new Tokens(in.array("vector", 2, 5), 1, 5))
                    .value();
        });
    }

    @Test
    void gatesWithoutALinearLayer() {
        assertSame((scope, in) ->
                scope.formulation().geGlu(in.tokens("x", 2, 7, 10)).rows());
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 1, 2, 1", "3, 2, 6, 4", "3, 2, 5, 3"})
    void upsamples(int height, int width, int tall, int wide) {
        assertSame((scope, in) -> scope.formulation()
                .upsampleNearest(in.map("x", 2, height, width, 3), tall, wide)
                .value());
    }

    @Test
    void chainsWordsThroughTokensAndMaps() {
        assertSame((scope, in) -> {
            var words = scope.formulation();
            FeatureMap x = in.map("x", 2, 4, 3, 8);
            FeatureMap both = words.concat(x, in.map("y", 2, 4, 3, 4));
            Tokens tokens = words.linear(both.tokens(), in.array("w", 6, 12), in.array("b", 6), 6);
            Tokens normal = words.layerNorm(tokens, in.array("scale", 6), in.array("shift", 6), 1e-5);
            Tokens gated = words.geGlu(words.linear(normal, in.array("w2", 10, 6), in.array("b2", 10), 10));
            Tokens sum = words.plus(words.linear(words.quickGelu(gated), in.array("w3", 6, 5), null, 6), tokens);
            return words.groupNorm(sum.image(4, 3), in.array("gs", 6), in.array("gb", 6), 3, 1e-5, true)
                    .value();
        });
    }

    @Test
    void refusesTheGradientThatItDoesNotHave() {
        assertThatThrownBy(() -> evaluate(
                        FusedExecution.create(),
                        (scope, in) -> scope.formulation()
                                .attention(
                                        scope,
                                        in.tokens("q", 1, 4, 8),
                                        in.tokens("k", 1, 4, 8),
                                        in.tokens("v", 1, 4, 8),
                                        2,
                                        AttentionPorts.biased(new LogitBias.Dense(in.array("bias", 1, 1, 4, 4), true)))
                                .rows()))
                .hasStackTraceContaining("no gradient with respect to a bias of attention; use Execution.NATIVE");
    }
}
