package org.sd15.attention.fused;

import static org.sd15.attention.fused.BothExecutions.evaluate;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.BothExecutions.Word;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.machine.Lanes;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;

/**
 * Values and gradients have the same bits, however many threads compute them. The sizes are those at which oneDNN left to
 * itself cuts its sums by threads, and some of Stable Diffusion 1.5.
 */
class FusedThreadCountTest {

    private int lanes;

    @BeforeEach
    void remember() {
        Nd4j.getExecutioner(); // loads the natives that are asked
        lanes = Lanes.count();
    }

    @AfterEach
    void restore() {
        Lanes.limit(lanes);
    }

    static Stream<Named<Word>> words() {
        return Stream.of(
                groupNorm(1, 16, 16),
                groupNorm(2, 32, 320),
                layerNorm(1, 64, 32),
                layerNorm(1, 1000, 320),
                linear(1, 1, 320, 1280),
                linear(1, 1, 1280, 1280),
                linear(4, 1, 1280, 320),
                linear(2, 77, 768, 320),
                linear(2, 1024, 320, 4),
                linear(2, 1024, 4, 320),
                linear(2, 1024, 16, 320),
                linear(2, 1024, 320, 320),
                linear(8, 256, 64, 64),
                linear(1, 4096, 32, 32),
                linear(1, 4096, 128, 96),
                convolution(1, 16, 16, 16, 1, 1),
                convolution(4, 16, 32, 64, 1, 1),
                convolution(2, 32, 8, 640, 1, 1),
                convolution(4, 16, 4, 4, 3, 1),
                convolution(4, 32, 4, 320, 3, 1),
                convolution(4, 32, 320, 4, 3, 1),
                convolution(8, 16, 16, 24, 3, 1),
                convolution(1, 64, 3, 32, 3, 1),
                convolution(2, 64, 3, 128, 3, 1),
                convolution(2, 64, 32, 3, 3, 1),
                convolution(2, 32, 64, 64, 3, 2),
                convolution(1, 32, 128, 128, 3, 2),
                convolution(2, 32, 32, 64, 3, 1),
                convolution(3, 16, 32, 32, 3, 2),
                convolution(1, 32, 320, 320, 3, 1),
                convolution(12, 8, 32, 48, 3, 1),
                convolution(11, 8, 48, 32, 3, 2),
                vectorOfPictures(5, 32, 64),
                attention(2, 1100, 600, 16, 2),
                attention(1, 1024, 77, 320, 8));
    }

    private static Named<Word> groupNorm(int batch, int side, int channels) {
        return Named.of(
                "group norm of %d x %d x %d".formatted(batch, side, channels),
                (scope, in) -> scope.formulation()
                        .groupNorm(
                                in.map("x", batch, side, side, channels),
                                in.array("weight", channels),
                                in.array("bias", channels),
                                channels / 4,
                                1e-5,
                                true)
                        .value());
    }

    private static Named<Word> layerNorm(int batch, int tokens, int channels) {
        return Named.of(
                "layer norm of %d x %d".formatted(tokens, channels),
                (scope, in) -> scope.formulation()
                        .layerNorm(
                                in.tokens("x", batch, tokens, channels),
                                in.array("weight", channels),
                                in.array("bias", channels),
                                1e-5)
                        .rows());
    }

    private static Named<Word> linear(int batch, int tokens, int in, int out) {
        return Named.of(
                "linear of %d x %d, %d to %d".formatted(batch, tokens, in, out),
                (scope, inputs) -> scope.formulation()
                        .linear(
                                inputs.tokens("x", batch, tokens, in),
                                inputs.array("weight", out, in),
                                inputs.array("bias", out),
                                out)
                        .rows());
    }

    private static Named<Word> convolution(int batch, int side, int in, int out, int size, int stride) {
        return Named.of(
                "convolution of %d x %d, %d to %d, %dx%d by %d".formatted(batch, side, in, out, size, size, stride),
                (scope, inputs) -> scope.formulation()
                        .conv2d(
                                inputs.map("x", batch, side, side, in),
                                inputs.array("kernel", size, size, in, out).mul(0.02),
                                inputs.array("bias", out),
                                out,
                                new Conv2d.Geometry(size, stride, size / 2, size / 2))
                        .value());
    }

    private static Named<Word> vectorOfPictures(int batch, int side, int channels) {
        return Named.of(
                "a vector for each of %d x %d x %d".formatted(batch, side, channels),
                (scope, in) -> scope.formulation()
                        .addPerPicture(
                                scope.formulation()
                                        .conv2d(
                                                in.map("x", batch, side, side, channels),
                                                in.array("kernel", 3, 3, channels, channels)
                                                        .mul(0.02),
                                                in.array("bias", channels),
                                                channels,
                                                Conv2d.Geometry.SAME),
                                new Tokens(in.array("vector", batch, channels), 1, channels))
                        .value());
    }

    private static Named<Word> attention(int batch, int queries, int keys, int channels, int heads) {
        return Named.of(
                "attention of %d x %d".formatted(queries, keys),
                (scope, in) -> scope.formulation()
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
    @MethodSource("words")
    void haveTheSameBitsOnAnyNumberOfThreads(Word word) {
        Lanes.limit(1);
        OutputsAndGradients alone = evaluate(FusedExecution.create(), word);
        for (int threads : new int[] {2, 3, 4, 8}) {
            Lanes.limit(threads);
            OutputsAndGradients together = evaluate(FusedExecution.create(), word);
            assertSameBits("value with " + threads, together.output("out"), alone.output("out"));
            alone.gradients()
                    .forEach((name, gradient) -> assertSameBits(
                            "gradient of %s with %d threads".formatted(name, threads),
                            together.gradient(name),
                            gradient));
        }
    }
}
