package org.sd15.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.testing.Closeness.assertClose;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/**
 * The journey of the dimensions through one cross attention of Stable Diffusion 1.5: 320 channels on a 32x32 map, 77 text
 * tokens of 768, 8 heads; and its numbers in PyTorch 2.15 (float32, {@code tools/reference/README.md}).
 */
class DimensionJourneyTest {

    /** Four times PyTorch's own distance from float64, relative to the largest value. */
    private static final double BOUND = 4 * 7e-7;

    /** A step of the journey; tokens are rows in the graph, so {@code (1, 1024, 320)} is {@code [1024, 320]} there. */
    private record Step(String what, String variable, List<Long> shape) {}

    private static final List<Step> JOURNEY = List.of(
            new Step("flattened image", "flat", List.of(1L, 1024L, 320L)),
            new Step("1 queries", "to_q.out", List.of(1024L, 320L)),
            new Step("2 keys", "to_k.out", List.of(77L, 320L)),
            new Step("3 values", "to_v.out", List.of(77L, 320L)),
            new Step("4 heads of the queries", "query_heads", List.of(1L, 8L, 1024L, 40L)),
            new Step("4 heads of the keys", "key_heads", List.of(1L, 8L, 77L, 40L)),
            new Step("4 heads of the values", "value_heads", List.of(1L, 8L, 77L, 40L)),
            new Step("5 scores", "scores", List.of(1L, 8L, 1024L, 77L)),
            new Step("6 probabilities", "probs", List.of(1L, 8L, 1024L, 77L)),
            new Step("7 weighted sum", "mixed_heads", List.of(1L, 8L, 1024L, 40L)),
            new Step("8 merged heads", "merged", List.of(1024L, 320L)),
            new Step("9 result", "result", List.of(1L, 1024L, 320L)));

    @Test
    void everyStepHasItsShapeAndTheResultIsPyTorchs() {
        Map<String, INDArray> values = travel();
        for (Step step : JOURNEY) {
            assertThat(value(values, step.variable()).shape())
                    .as(step.what())
                    .containsExactly(step.shape().toArray(Long[]::new));
        }
        Fixture expected = Fixture.of("sd15-attention", "cross-big");
        INDArray everyFourth = value(values, "result").get(all(), interval(0, 4, 1024), all());
        assertClose("result", everyFourth, expected.get("output"), BOUND);
        INDArray probs = value(values, "probs");
        INDArray firstHead = probs.slice(0).slice(0);
        long[] rows = expected.get("rows").toLongVector();
        assertThat(rows).containsExactly(0, 511, 1023);
        for (int i = 0; i < rows.length; i++) {
            INDArray row = firstHead.getRow(rows[i]);
            assertClose("row " + rows[i], row, expected.get("probs").getRow(i), BOUND);
        }
        assertClose("rows sum to one", probs.sum(3), Nd4j.ones(1, 8, 1024), 1e-6);
    }

    private static Map<String, INDArray> travel() {
        SameDiff graph = Graphs.create();
        SDVariable image = graph.placeHolder("image", DataType.FLOAT, -1, 320, 32, 32);
        SDVariable text = graph.placeHolder("text", DataType.FLOAT, -1, 77, 768);
        var weights = Parameters.from(Rule.weights("attention/cross-big.", DataType.FLOAT), name -> false);
        Tokens tokens = FeatureMap.ofNchw(image, 320, 32, 32).tokens();
        tokens.array().rename("flat");
        CrossAttention.of(320, 768, 8, 40)
                .apply(Scope.of(graph, DataType.FLOAT, weights), tokens, Tokens.of(text, 77, 768))
                .array()
                .rename("result");
        Map<String, INDArray> inputs = Map.of(
                "image", Rule.input("input.attention/cross-big.image", DataType.FLOAT, 1, 320, 32, 32),
                "text", Rule.input("input.attention/cross-big.context", DataType.FLOAT, 1, 77, 768));
        try (GraphSession session = new GraphSession(graph)) {
            return session.evaluate(inputs, JOURNEY.stream().map(Step::variable).toList());
        }
    }

    private static INDArray value(Map<String, INDArray> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }
}
