package org.sd15.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GradientFunction;
import org.sd15.attention.graph.GradientFunction.Evaluation;
import org.sd15.attention.graph.GraphSession;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.testing.Closeness;
import org.sd15.testing.Rule;

/**
 * The words of the vocabulary, fused against native, with all gradients, in the shapes where cutting into blocks,
 * padding and views could go wrong. Both are float32; the bounds are ten times what PyTorch's float32 is away from
 * float64 on such blocks.
 */
class FusedExecutionTest {

    private static final double OUTPUT = 10 * 7e-7;
    private static final double GRADIENT = 10 * 1.5e-6;

    /** A word applied to {@code x} and other inputs that it declares. */
    private interface Word extends BiFunction<Scope, Inputs, SDVariable> {}

    /** Placeholders that are fed by the rule, and differentiated. */
    private static final class Inputs {

        private final SameDiff graph;
        private final Map<String, INDArray> feeds = new LinkedHashMap<>();

        Inputs(SameDiff graph) {
            this.graph = graph;
        }

        SDVariable array(String name, long... shape) {
            feeds.put(name, Rule.input("fused." + name, DataType.FLOAT, shape));
            return graph.placeHolder(name, DataType.FLOAT, shape);
        }

        Tokens tokens(String name, int batch, int tokens, int channels) {
            return Tokens.of(array(name, batch, tokens, channels), tokens, channels);
        }

        FeatureMap map(String name, int batch, int height, int width, int channels) {
            return new FeatureMap(array(name, batch, height, width, channels), height, width, channels);
        }
    }

    private static Evaluation evaluate(Execution execution, Word word) {
        SameDiff graph = Graphs.create();
        Inputs inputs = new Inputs(graph);
        Scope scope = Scope.of(graph, DataType.FLOAT, Parameters.recording(new ArrayList<>()), execution);
        SDVariable out = graph.identity("out", word.apply(scope, inputs));
        SDVariable cotangent = graph.math.sin(out.mul(3)); // another number at every place
        out.mul(cotangent).sum().rename("loss");
        List<String> names = List.copyOf(inputs.feeds.keySet());
        try (GradientFunction function = GradientFunction.of(graph, "loss", names, execution)) {
            return function.evaluate(inputs.feeds, names, List.of("out"));
        }
    }

    private static void assertSame(Word word) {
        Evaluation expected = evaluate(Execution.NATIVE, word);
        Evaluation actual = evaluate(FusedExecution.create(), word);
        assertClose("output", actual.output("out"), expected.output("out"), OUTPUT);
        expected.gradients().forEach((name, gradient) -> assertClose(name, actual.gradient(name), gradient, GRADIENT));
    }

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

    @ParameterizedTest
    @CsvSource({"3, 1, 1, 1", "3, 2, 1, 1", "3, 2, 0, 1", "5, 1, 2, 2"})
    void convolves(int size, int stride, int before, int after) {
        assertSame((scope, in) -> {
            var geometry = new Conv2d.Geometry(size, stride, before, after);
            FeatureMap y = scope.formulation()
                    .conv2d(
                            in.map("x", 2, 7, 10, 6),
                            in.array("kernel", size, size, 6, 12),
                            in.array("bias", 12),
                            12,
                            geometry);
            y = scope.formulation().addPerPicture(y, new Tokens(in.array("vector", 2, 12), 1, 12));
            return scope.formulation()
                    .plus(y, in.map("residual", 2, y.height(), y.width(), 12))
                    .value();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "2, 23, 30, 64, 128", // tiles that stick out
        "3, 17, 13, 96, 64", // a tile beside one of another picture
        "1, 32, 28, 64, 160" // two blocks of channels and a half
    })
    void convolvesByWinograd(int batch, int height, int width, int in, int out) {
        assertSame((scope, inputs) -> {
            FeatureMap y = scope.formulation()
                    .conv2d(
                            inputs.map("x", batch, height, width, in),
                            inputs.array("kernel", 3, 3, in, out).div(Math.sqrt(9 * in)),
                            inputs.array("bias", out),
                            out,
                            Conv2d.Geometry.SAME);
            y = scope.formulation().addPerPicture(y, new Tokens(inputs.array("vector", batch, out), 1, out));
            return scope.formulation()
                    .plus(y, inputs.map("residual", batch, height, width, out))
                    .value();
        });
    }

    /** A small map is convolved directly. If a large one were too, pixels in the middle would have the same bits. */
    @Test
    void doesNotFallBackFromWinogradSilently() {
        INDArray kernel = Rule.tensor("kernel.weight", DataType.FLOAT, 3, 3, 64, 64);
        INDArray large = Rule.input("large", DataType.FLOAT, 1, 32, 32, 64);
        var centre = new INDArrayIndex[] {all(), interval(8, 16), interval(8, 16), all()};
        INDArray small = large.get(all(), interval(7, 17), interval(7, 17), all());
        INDArray byWinograd = convolve(large, kernel);
        INDArray directly = convolve(small.dup('c'), kernel).get(all(), interval(1, 9), interval(1, 9), all());
        assertClose("centre", byWinograd.get(centre), directly, OUTPUT);
        assertThat(Closeness.largestDifference(byWinograd.get(centre), directly))
                .isPositive();
        assertSameBits("again", convolve(large, kernel), byWinograd);
    }

    /** Three lanes divide neither heads nor blocks of channels evenly. */
    @Test
    void computesTheSameWithAnyNumberOfThreads() {
        NativeOps openMp = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int before = openMp.ompGetMaxThreads();
        INDArray x = Rule.input("x", DataType.FLOAT, 1, 32, 32, 64);
        INDArray kernel = Rule.tensor("kernel.weight", DataType.FLOAT, 3, 3, 64, 128);
        Map<Integer, INDArray> convolved = new LinkedHashMap<>();
        Map<Integer, Evaluation> attended = new LinkedHashMap<>();
        try {
            for (int threads : new int[] {1, 3}) {
                openMp.setOmpNumThreads(threads);
                convolved.put(threads, convolve(x, kernel));
                attended.put(
                        threads,
                        evaluate(
                                FusedExecution.create(),
                                (scope, in) -> scope.formulation()
                                        .attention(
                                                scope,
                                                in.tokens("q", 2, 1100, 16),
                                                in.tokens("k", 2, 600, 16),
                                                in.tokens("v", 2, 600, 16),
                                                2,
                                                AttentionPorts.NONE)
                                        .rows()));
                assertThat(openMp.ompGetMaxThreads()).isEqualTo(threads);
            }
        } finally {
            openMp.setOmpNumThreads(before);
        }
        assertClose("convolution", convolved.get(3), convolved.get(1), OUTPUT);
        assertClose("attention", attended.get(3).output("out"), attended.get(1).output("out"), OUTPUT);
        for (String name : List.of("q", "k", "v")) {
            assertClose(name, attended.get(3).gradient(name), attended.get(1).gradient(name), GRADIENT);
        }
    }

    private static INDArray convolve(INDArray x, INDArray kernel) {
        SameDiff graph = Graphs.create();
        Execution execution = FusedExecution.create();
        int side = (int) x.size(1);
        var map = new FeatureMap(graph.placeHolder("x", DataType.FLOAT, x.shape()), side, side, (int) x.size(3));
        SDVariable bias = graph.constant("bias", Rule.tensor("bias", DataType.FLOAT, kernel.size(3)));
        execution
                .formulation(graph, DataType.FLOAT)
                .conv2d(map, graph.constant("kernel", kernel), bias, (int) kernel.size(3), Conv2d.Geometry.SAME)
                .value()
                .rename("y");
        try (GraphSession session = new GraphSession(graph, execution)) {
            return session.evaluate(Map.of("x", x), List.of("y")).get("y").dup();
        }
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
