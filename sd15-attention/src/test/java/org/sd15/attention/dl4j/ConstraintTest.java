package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.attention.dl4j.BesideAConvolution.step;

import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;

/** What parameters must satisfy after a step, in the layer and in the convolution beside it. */
class ConstraintTest {

    @Test
    void constraintsOfALayerHoldAfterAStep() {
        ComputationGraph graph = network(
                global(new Sgd(1)),
                convolution().constrainWeights(new NonNegativeConstraint()),
                attention().constrainWeights(new NonNegativeConstraint()));
        step(graph);
        assertThat(smallest(graph, "convolve_W")).isNotNegative();
        assertThat(smallest(graph, "attend_toK.weight")).isNotNegative();
        assertThat(smallest(graph, "convolve_b")).isNegative();
        assertThat(smallest(graph, "attend_toOut.0.bias")).isNegative();
    }

    @Test
    void biasesAndAllParametersAreConstrainedApart() {
        ComputationGraph biases =
                network(global(new Sgd(1)), convolution(), attention().constrainBias(new NonNegativeConstraint()));
        step(biases);
        assertThat(smallest(biases, "attend_toOut.0.bias")).isNotNegative();
        assertThat(smallest(biases, "attend_toQ.weight")).isNegative();
        ComputationGraph all = network(
                global(new Sgd(1)), convolution(), attention().constrainAllParameters(new NonNegativeConstraint()));
        step(all);
        assertThat(smallest(all, "attend_toOut.0.bias")).isNotNegative();
        assertThat(smallest(all, "attend_toQ.weight")).isNotNegative();
    }

    @Test
    void normsAreThoseOfWhatAnOutputSumsOver() {
        ComputationGraph graph =
                network(global(new Sgd(1)), convolution(), attention().constrainWeights(new UnitNormConstraint(1)));
        step(graph);
        INDArray norms = graph.getParam("attend_toV.weight").norm2(1);
        for (int output = 0; output < norms.length(); output++) {
            assertThat(norms.getDouble(output)).isCloseTo(1, within(1e-5)); // DL4J adds 1e-6 to the divisor
        }
    }

    @Test
    void theNetworksConstraintsOfWeightsHoldInBoth() {
        ComputationGraph graph = network(global(new Sgd(1)).constrainWeights(new NonNegativeConstraint()));
        step(graph);
        assertThat(smallest(graph, "attend_toK.weight")).isNotNegative();
        assertThat(smallest(graph, "convolve_W")).isNotNegative();
        assertThat(smallest(graph, "attend_toOut.0.bias")).isNegative();
    }

    /** DL4J looks for them in an empty list. */
    @Test
    void theNetworksConstraintsOfAllParametersHoldInTheAttentionAndAreForgottenInTheConvolution() {
        ComputationGraph graph = network(global(new Sgd(1)).constrainAllParameters(new NonNegativeConstraint()));
        step(graph);
        assertThat(smallest(graph, "attend_toK.weight")).isNotNegative();
        assertThat(smallest(graph, "attend_toOut.0.bias")).isNotNegative();
        assertThat(smallest(graph, "convolve_W"))
                .as("mended: CrossAttentionLayer's table need not tell of it")
                .isNegative();
    }

    private static double smallest(ComputationGraph graph, String parameter) {
        return graph.getParam(parameter).minNumber().doubleValue();
    }
}
