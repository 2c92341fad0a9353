package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.attention.fused.BothExecutions.OUTPUT;
import static org.sd15.attention.fused.BothExecutions.assertSame;
import static org.sd15.attention.fused.BothExecutions.evaluate;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Closeness;
import org.sd15.testing.Rule;

/** Convolutions of the fused formulation, direct and by Winograd, against the native ones. */
class FusedConvolutionTest {

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

    /** Pieces of several pictures, and a number of pictures that has no divisor but itself. */
    @ParameterizedTest
    @CsvSource({"12, 1", "11, 2", "5, 1"})
    void convolvesBatchesThatAreCutIntoPieces(int batch, int stride) {
        assertSame((scope, in) -> {
            FeatureMap y = scope.formulation()
                    .conv2d(
                            in.map("x", batch, 9, 6, 12),
                            in.array("kernel", 3, 3, 12, 20),
                            in.array("bias", 20),
                            20,
                            new Conv2d.Geometry(3, stride, 1, 1));
            return scope.formulation()
                    .addPerPicture(y, new Tokens(in.array("vector", batch, 20), 1, 20))
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

    @ParameterizedTest
    @CsvSource({
        "2, 5, 7, 48, 32, 1", // three parts
        "1, 8, 8, 160, 64, 1", // ten
        "2, 6, 6, 320, 16, 2", // parts of two lanes of channels, stride 2
        "1, 4, 4, 64, 4, 1" // outputs filled up to a lane
    })
    void convolvesSmallMapsInParts(int batch, int height, int width, int in, int out, int stride) {
        assertSame((scope, inputs) -> {
            FeatureMap y = scope.formulation()
                    .conv2d(
                            inputs.map("x", batch, height, width, in),
                            inputs.array("kernel", 3, 3, in, out).div(Math.sqrt(9 * in)),
                            inputs.array("bias", out),
                            out,
                            new Conv2d.Geometry(3, stride, 1, 1));
            y = scope.formulation().addPerPicture(y, new Tokens(inputs.array("vector", batch, out), 1, out));
            return scope.formulation()
                    .plus(y, inputs.map("residual", batch, y.height(), y.width(), out))
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
        Map<Integer, OutputsAndGradients> attended = new LinkedHashMap<>();
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
        assertSameBits("convolution", convolved.get(3), convolved.get(1));
        assertSameBits(
                "attention", attended.get(3).output("out"), attended.get(1).output("out"));
        for (String name : List.of("q", "k", "v")) {
            assertSameBits(name, attended.get(3).gradient(name), attended.get(1).gradient(name));
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
}
