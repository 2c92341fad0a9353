package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.attention.dl4j.BesideAConvolution.step;
import static org.sd15.testing.Closeness.assertClose;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.testing.Rule;

/** Updaters and regularisation, in closed form, on the layer and on the convolution beside it. */
class RegularizationTest {

    private static final double RATE = 0.1;
    private static final double C = 0.3;

    /** A kind of regularisation, set in the three places where it can be, and what it adds to a gradient. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    enum Kind {
        L1(global -> global.l1(C), layer -> layer.l1(C), attention -> attention.l1(C), false),
        L1_BIAS(global -> global.l1Bias(C), layer -> layer.l1Bias(C), attention -> attention.l1Bias(C), true),
        L2(global -> global.l2(C), layer -> layer.l2(C), attention -> attention.l2(C), false),
        L2_BIAS(global -> global.l2Bias(C), layer -> layer.l2Bias(C), attention -> attention.l2Bias(C), true),
        DECAY(
                global -> global.weightDecay(C),
                layer -> layer.weightDecay(C),
                attention -> attention.weightDecay(C),
                false),
        DECAY_BIAS(
                global -> global.weightDecayBias(C),
                layer -> layer.weightDecayBias(C),
                attention -> attention.weightDecayBias(C),
                true),
        PLAIN_DECAY(
                global -> global.weightDecay(C, false),
                layer -> layer.weightDecay(C, false),
                attention -> attention.weightDecay(C, false),
                false);

        private final Consumer<NeuralNetConfiguration.Builder> network;
        private final Consumer<ConvolutionLayer.Builder> convolution;
        private final Consumer<CrossAttentionLayerBuilder> attention;
        private final boolean biases;

        Kind(
                Consumer<NeuralNetConfiguration.Builder> network,
                Consumer<ConvolutionLayer.Builder> convolution,
                Consumer<CrossAttentionLayerBuilder> attention,
                boolean biases) {
            this.network = network;
            this.convolution = convolution;
            this.attention = attention;
            this.biases = biases;
        }

        boolean decays() {
            return this == DECAY || this == DECAY_BIAS || this == PLAIN_DECAY;
        }

        /** What a step is longer by. */
        INDArray added(INDArray parameter) {
            return switch (this) {
                case L1, L1_BIAS -> Transforms.sign(parameter, true).mul(C * RATE);
                case PLAIN_DECAY -> parameter.mul(C);
                default -> parameter.mul(C * RATE);
            };
        }

        /** What the score is higher by. */
        double score(INDArray parameter) {
            double squares = Math.pow(parameter.norm2Number().doubleValue(), 2);
            return switch (this) {
                case L1, L1_BIAS -> C * parameter.norm1Number().doubleValue();
                default -> 0.5 * C * squares;
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLayersOwnIsAsTheConvolutions(Kind kind) {
        ConvolutionLayer.Builder convolution = convolution();
        CrossAttentionLayerBuilder attention = attention();
        kind.convolution.accept(convolution);
        kind.attention.accept(attention);
        check(kind, network(global(new Sgd(RATE)), convolution, attention), 1);
    }

    /** DL4J adds a decay of the network to its own layers twice. */
    @ParameterizedTest
    @EnumSource
    void theNetworksReachesBothAndDecaysTheAttentionOnce(Kind kind) {
        NeuralNetConfiguration.Builder global = global(new Sgd(RATE));
        kind.network.accept(global);
        check(kind, network(global), kind.decays() ? 2 : 1);
    }

    private static void check(Kind kind, ComputationGraph graph, int timesInConvolution) {
        ComputationGraph plain = network(global(new Sgd(RATE)));
        INDArray parameters =
                Rule.input("parameters", BesideAConvolution.TYPE, plain.params().shape());
        plain.setParams(parameters);
        graph.setParams(parameters);
        Map<String, INDArray> before = BesideAConvolution.copies(graph);
        Map<String, INDArray> without = step(plain);
        double score = 0;
        for (var step : step(graph).entrySet()) {
            String key = step.getKey();
            INDArray parameter = Objects.requireNonNull(before.get(key));
            INDArray expected = Objects.requireNonNull(without.get(key));
            boolean bias = key.endsWith("bias") || key.endsWith("_b");
            if (bias == kind.biases) {
                int times = key.startsWith("convolve") ? timesInConvolution : 1;
                expected = expected.add(kind.added(parameter).mul(times));
                score += times * kind.score(parameter);
            }
            assertClose(key, step.getValue(), expected, 1e-9);
        }
        assertThat(graph.score() - plain.score()).as("score").isCloseTo(score, within(1e-9));
    }

    @Test
    void aSecondUpdaterIsForBiases() {
        Map<String, INDArray> gradients = step(network(global(new Sgd(1))));
        Map<String, INDArray> steps = step(network(
                global(new Sgd(1)),
                convolution().updater(new Sgd(0.2)).biasUpdater(new Sgd(0.3)),
                attention().updater(new Sgd(0.2)).biasUpdater(new Sgd(0.3))));
        steps.forEach((key, step) -> {
            double rate = key.endsWith("bias") || key.endsWith("_b") ? 0.3 : 0.2;
            assertClose(key, step, gradients.get(key).mul(rate), 1e-9);
        });
    }

    @Test
    void theLayersOwnIsKeptBesideOtherKindsOfTheNetworks() {
        CrossAttentionLayer layer = attention().l1(0.5).l2Bias(0.4).build();
        layer.applyGlobalConfig(global(new Sgd(1)).l1(0.1).l2(0.2).weightDecayBias(0.3));
        assertThat(layer.getRegularization()).containsExactly(new L1Regularization(0.5), new L2Regularization(0.2));
        assertThat(layer.getRegularizationBias())
                .containsExactly(new L2Regularization(0.4), new WeightDecay(0.3, true));
    }

    @Test
    void allRegularisationIsGivenAtOnce() {
        CrossAttentionLayer layer = attention()
                .regularization(List.of(new L1Regularization(0.5)))
                .regularizationBias(List.of(new L2Regularization(0.4)))
                .build();
        assertThat(layer.getRegularization()).containsExactly(new L1Regularization(0.5));
        assertThat(layer.getRegularizationBias()).containsExactly(new L2Regularization(0.4));
    }
}
