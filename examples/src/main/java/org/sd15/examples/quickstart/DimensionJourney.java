package org.sd15.examples.quickstart;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GraphSession;

/**
 * What one cross attention of Stable Diffusion 1.5 does to shapes: 8 heads, 320 channels, a map of 32x32 pixels, a text of
 * 77 tokens. The table is read off a graph that has just been evaluated.
 */
public final class DimensionJourney {

    private static final int CHANNELS = 320;
    private static final int SIDE = 32;
    private static final int TEXT_TOKENS = 77;
    private static final int TEXT_WIDTH = 768;
    private static final int HEADS = 8;

    private record Row(String step, String from, String to) {}

    private final Map<String, INDArray> values;

    private DimensionJourney(Map<String, INDArray> values) {
        this.values = values;
    }

    /** Prints the table. */
    public static void main(String[] arguments) {
        new DimensionJourney(evaluate()).print();
    }

    /** Builds the graph with random weights and evaluates every step of it. */
    private static Map<String, INDArray> evaluate() {
        Weights random = spec -> Nd4j.randn(DataType.FLOAT, spec.shape()).muli(0.05);
        SameDiff graph = Graphs.create();
        Scope scope = Scope.of(graph, DataType.FLOAT, Parameters.from(random, name -> false))
                .at("attn2");
        SDVariable image = graph.placeHolder("image", DataType.FLOAT, -1, CHANNELS, SIDE, SIDE);
        SDVariable text = graph.placeHolder("text", DataType.FLOAT, -1, TEXT_TOKENS, TEXT_WIDTH);
        Tokens pixels = FeatureMap.ofNchw(image, CHANNELS, SIDE, SIDE).tokens();
        pixels.array().rename("tokens");
        CrossAttention attention = CrossAttention.of(CHANNELS, TEXT_WIDTH, HEADS, CHANNELS / HEADS);
        attention
                .apply(scope, pixels, Tokens.of(text, TEXT_TOKENS, TEXT_WIDTH))
                .array()
                .rename("out");
        Map<String, INDArray> feeds = Map.of(
                "image", Nd4j.randn(DataType.FLOAT, 1, CHANNELS, SIDE, SIDE),
                "text", Nd4j.randn(DataType.FLOAT, 1, TEXT_TOKENS, TEXT_WIDTH));
        try (GraphSession session = new GraphSession(graph)) {
            return session.evaluate(
                    feeds,
                    List.of(
                            "image",
                            "text",
                            "tokens",
                            "attn2.to_q.out",
                            "attn2.to_k.out",
                            "attn2.to_v.out",
                            "attn2.query_heads",
                            "attn2.key_heads",
                            "attn2.value_heads",
                            "attn2.scores",
                            "attn2.probs",
                            "attn2.mixed_heads",
                            "attn2.merged",
                            "out"));
        }
    }

    private void print() {
        List<Row> rows = List.of(
                new Row("flatten image features", shape("image"), shape("tokens")),
                new Row("1 Q = image W_Q (320x320)", shape("tokens"), tokens("attn2.to_q.out")),
                new Row("2 K = text W_K (768x320)", shape("text"), tokens("attn2.to_k.out")),
                new Row("3 V = text W_V (768x320)", shape("text"), tokens("attn2.to_v.out")),
                new Row(
                        "4 split into 8 heads of 40",
                        "",
                        "Q %s; K, V %s".formatted(shape("attn2.query_heads"), shape("attn2.key_heads"))),
                new Row("5 scores = Q K^T / sqrt(40)", "", shape("attn2.scores")),
                new Row(
                        "6 softmax over the 77",
                        shape("attn2.scores"),
                        "%s, rows sum to %.4f".formatted(shape("attn2.probs"), sumOfARow("attn2.probs"))),
                new Row("7 weighted sum of V", "", shape("attn2.mixed_heads")),
                new Row("8 merge heads", shape("attn2.mixed_heads"), tokens("attn2.merged")),
                new Row("9 W_O (320x320, bias)", tokens("attn2.merged"), shape("out")));
        System.out.printf("%-28s %-20s %s%n", "step", "from", "to");
        rows.forEach(row -> System.out.printf("%-28s %-20s %s%n", row.step(), row.from(), row.to()));
    }

    private String shape(String name) {
        return join(LongStream.of(value(name).shape()));
    }

    /** The graph keeps the tokens of all pictures in one matrix; there is one picture here. */
    private String tokens(String name) {
        return join(
                LongStream.concat(LongStream.of(1), Arrays.stream(value(name).shape())));
    }

    private double sumOfARow(String name) {
        return value(name).sum(3).getDouble(0, 0, 0);
    }

    private INDArray value(String name) {
        return java.util.Objects.requireNonNull(values.get(name), name);
    }

    private static String join(LongStream shape) {
        return shape.mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
