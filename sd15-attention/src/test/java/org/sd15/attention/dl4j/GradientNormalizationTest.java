package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.attention.dl4j.BesideAConvolution.step;
import static org.sd15.testing.Closeness.assertClose;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The five gradient normalisations, on the layer and on the convolution beside it: steps and their norms in closed form. */
class GradientNormalizationTest {

    private static final double THRESHOLD = 1e-3;

    @ParameterizedTest
    @EnumSource(names = "None", mode = Mode.EXCLUDE)
    void theNetworksNormalisationReachesTheAttentionAsTheConvolution(GradientNormalization normalization) {
        check(
                normalization,
                network(global(new Sgd(1))
                        .gradientNormalization(normalization)
                        .gradientNormalizationThreshold(THRESHOLD)));
    }

    @ParameterizedTest
    @EnumSource(names = "None", mode = Mode.EXCLUDE)
    void theLayersOwnNormalisationDoesTheSame(GradientNormalization normalization) {
        check(
                normalization,
                network(
                        global(new Sgd(1)),
                        convolution().gradientNormalization(normalization).gradientNormalizationThreshold(THRESHOLD),
                        attention().gradientNormalization(normalization).gradientNormalizationThreshold(THRESHOLD)));
    }

    private static void check(GradientNormalization normalization, ComputationGraph graph) {
        Map<String, INDArray> raw = step(network(global(new Sgd(1))));
        Map<String, INDArray> steps = step(graph);
        for (String layer : new String[] {"convolve", "attend"}) {
            Map<String, INDArray> expected = normalised(normalization, of(layer, raw));
            expected.forEach((key, step) -> assertClose(key, value(steps, key), step, 1e-9));
            assertThat(norm(of(layer, steps)))
                    .as(layer)
                    .isCloseTo(norm(expected), within(1e-6 * norm(expected)))
                    .isNotCloseTo(norm(of(layer, raw)), within(0.01 * norm(expected)));
        }
    }

    private static Map<String, INDArray> normalised(GradientNormalization how, Map<String, INDArray> raw) {
        double norm = norm(raw);
        Map<String, INDArray> normalised = new LinkedHashMap<>();
        raw.forEach((key, gradient) -> normalised.put(
                key,
                switch (how) {
                    case None -> gradient;
                    case RenormalizeL2PerLayer -> gradient.div(norm);
                    case RenormalizeL2PerParamType -> gradient.div(gradient.norm2Number());
                    case ClipElementWiseAbsoluteValue ->
                        Transforms.max(Transforms.min(gradient, THRESHOLD, true), -THRESHOLD, true);
                    case ClipL2PerLayer -> gradient.mul(THRESHOLD / norm);
                    case ClipL2PerParamType ->
                        gradient.mul(THRESHOLD / gradient.norm2Number().doubleValue());
                }));
        return normalised;
    }

    private static Map<String, INDArray> of(String layer, Map<String, INDArray> all) {
        Map<String, INDArray> own = new LinkedHashMap<>(all);
        own.keySet().removeIf(key -> !key.startsWith(layer));
        return own;
    }

    private static double norm(Map<String, INDArray> arrays) {
        double squares = 0;
        for (INDArray array : arrays.values()) {
            double norm = array.norm2Number().doubleValue();
            squares += norm * norm;
        }
        return Math.sqrt(squares);
    }

    private static INDArray value(Map<String, INDArray> values, String key) {
        return Objects.requireNonNull(values.get(key), key);
    }
}
