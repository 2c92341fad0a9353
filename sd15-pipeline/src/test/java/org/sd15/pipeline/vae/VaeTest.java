package org.sd15.pipeline.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.session.GradientFunction;
import org.sd15.testing.BlockCase;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Against diffusers 0.42.1 in PyTorch 2.15, float32, in both formulations: bounds are four times PyTorch's own distance from float64. */
class VaeTest {

    private static final double BOUND = 4 * 1.5e-6;
    private static final Fixture FILE = Fixture.of("sd15-pipeline", "models/vae");
    private static final VaeConfig CONFIG = new VaeConfig(3, 3, 4, List.of(16, 24, 32, 32), 2, 8, 0.18215);
    private static final Map<Formulations, Vae> TINY = new EnumMap<>(Formulations.class);

    @BeforeAll
    static void open() {
        for (Formulations formulation : Formulations.values()) {
            TINY.put(
                    formulation,
                    new Vae(CONFIG, Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution()));
        }
    }

    @AfterAll
    static void close() {
        TINY.values().forEach(Vae::close);
    }

    private static Vae tiny(Formulations formulation) {
        return Objects.requireNonNull(TINY.get(formulation));
    }

    @Test
    void hasTheParametersOfStableDiffusion15() {
        var specs = Vae.parameters(VaeConfig.sd15());
        assertThat(specs).hasSize(248);
        assertThat(specs.stream().mapToLong(ParameterSpec::length).sum()).isEqualTo(83_653_863);
    }

    @ParameterizedTest
    @CsvSource({"0, NATIVE", "0, FUSED", "1, NATIVE", "1, FUSED"})
    void encodesAsDiffusersDoes(int i, Formulations formulation) {
        DiagonalGaussian latents = tiny(formulation).encode(FILE.get(i + "/picture"));
        INDArray moments = Nd4j.concat(1, latents.mean(), latents.logVariance());
        assertClose("moments", moments, FILE.get(i + "/moments"), BOUND);
    }

    @ParameterizedTest
    @CsvSource({"0, NATIVE", "0, FUSED", "1, NATIVE", "1, FUSED"})
    void decodesAsDiffusersDoes(int i, Formulations formulation) {
        INDArray picture = tiny(formulation).decode(FILE.get(i + "/latent"));
        assertClose("picture", picture, FILE.get(i + "/decoded"), BOUND);
    }

    @ParameterizedTest
    @EnumSource
    void aDecodedPictureHasTheGradientOfPyTorch(Formulations formulation) {
        Execution execution = formulation.execution();
        SameDiff graph = Graphs.create();
        Scope root = Scope.of(
                graph, DataType.FLOAT, Parameters.from(Rule.weights("", DataType.FLOAT), name -> false), execution);
        var latents = graph.placeHolder("latents", DataType.FLOAT, -1, 4, 4, 6);
        var cotangent = graph.placeHolder("cotangent", DataType.FLOAT, -1, 3, 32, 48);
        new VaeGraph(CONFIG, root)
                .decode(FeatureMap.ofNchw(latents, 4, 4, 6))
                .nchw()
                .mul(cotangent)
                .sum()
                .rename("loss");
        try (GradientFunction function = GradientFunction.of(graph, "loss", List.of("latents"), execution)) {
            INDArray gradient = function.evaluate(
                            Map.of("latents", FILE.get("1/latent"), "cotangent", FILE.get("1/cotangent")),
                            List.of("latents"),
                            List.of())
                    .gradient("latents");
            assertClose("gradient", gradient, FILE.get("1/grad.latent"), BOUND);
        }
    }

    @Test
    void itsAttentionIsPyTorchsWithAllGradients() {
        Fixture file = Fixture.of("sd15-pipeline", "models/attention-vae");
        BlockCase.Block block =
                (scope, input) -> VaeGraph.attention(scope, FeatureMap.ofNchw(input.apply("x"), 16, 6, 8), 8)
                        .nchw();
        var exact = BlockCase.compare(file, DataType.DOUBLE, block);
        assertThat(exact.output()).isLessThan(1e-10);
        assertThat(exact.gradient()).as("%s", exact).isLessThan(1e-10);
        var single = BlockCase.compare(file, DataType.FLOAT, block);
        assertThat(single.output()).isLessThan(4 * 5e-7);
        assertThat(single.gradient()).as("%s", single).isLessThan(4 * 1.5e-6);
        var fused = BlockCase.compare(file, DataType.FLOAT, Formulations.FUSED.execution(), block);
        assertThat(fused.output()).isLessThan(10 * 5e-7);
        assertThat(fused.gradient()).as("%s", fused).isLessThan(10 * 1.5e-6);
    }

    @Test
    void samplesAndClampsAsTheDistributionSays() {
        INDArray mean = Nd4j.createFromArray(1f, 2f, 3f).reshape(1, 3, 1, 1);
        INDArray logVariance = Nd4j.createFromArray(0f, 100f, -100f).reshape(1, 3, 1, 1);
        DiagonalGaussian gaussian = DiagonalGaussian.of(mean, logVariance);
        INDArray noise = Nd4j.ones(DataType.FLOAT, 1, 3, 1, 1);
        float[] expected = {2, 2 + (float) Math.exp(10), 3 + (float) Math.exp(-15)};
        assertClose(
                "sample", gaussian.sample(noise), Nd4j.createFromArray(expected).reshape(1, 3, 1, 1), 1e-7);
        assertSameBits("mode", gaussian.mode(), mean);
        assertThat(logVariance.getFloat(1)).isEqualTo(100f);
    }

    @Test
    void refusesPicturesThatDoNotDivide() {
        assertThatThrownBy(() -> tiny(Formulations.FUSED).encode(Nd4j.zeros(1, 3, 36, 64)))
                .hasMessage(
                        "a picture of 64 x 36 can't be encoded: its sides must be multiples of 8, for instance 64 x 32");
        assertThatThrownBy(() -> tiny(Formulations.FUSED).decode(Nd4j.zeros(1, 3, 8, 8)))
                .hasMessage("latents have shape [1, 3, 8, 8], must be [batch, 4, height, width]");
    }
}
