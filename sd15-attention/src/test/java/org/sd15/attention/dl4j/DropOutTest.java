package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.attention.dl4j.BesideAConvolution.TYPE;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.testing.Rule;

/** Dropout on the weights of the attention and on its result. */
class DropOutTest {

    private static final double RETAINED = 0.75;
    private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

    /** Where values are dropped. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    enum Place {
        WEIGHTS(layer -> layer.attentionDropOut(RETAINED)),
        OUTPUT(layer -> layer.outputDropOut(RETAINED)),
        BOTH(layer -> layer.attentionDropOut(RETAINED).outputDropOut(RETAINED));

        private final UnaryOperator<CrossAttentionLayerBuilder> builder;

        Place(UnaryOperator<CrossAttentionLayerBuilder> builder) {
            this.builder = builder;
        }

        ComputationGraph network() {
            return BesideAConvolution.network(global(new Sgd(0.1)), convolution(), builder.apply(attention()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void predictionsDropNothing(Place place) {
        INDArray expected = network(global(new Sgd(0.1))).outputSingle(BesideAConvolution.inputs());
        ComputationGraph dropping = place.network();
        assertSameBits("output", dropping.outputSingle(BesideAConvolution.inputs()), expected);
        INDArray inTraining = dropping.output(true, BesideAConvolution.inputs())[0];
        assertThat(inTraining.distance2(expected)).isGreaterThan(0.01);
        assertSameBits("after training", dropping.outputSingle(BesideAConvolution.inputs()), expected);
    }

    /** Both dropouts are linear in what they drop, so the mean over many draws is what is predicted. */
    @ParameterizedTest
    @EnumSource
    void theMeanOfManyDrawsIsThePrediction(Place place) {
        GraphVertex vertex = vertex(place.network());
        INDArray expected = vertex.doForward(false, NONE).dup();
        Nd4j.getRandom().setSeed(5);
        int draws = 500;
        INDArray sum = Nd4j.zeros(TYPE, expected.shape());
        INDArray squares = Nd4j.zeros(TYPE, expected.shape());
        for (int i = 0; i < draws; i++) {
            INDArray output = vertex.doForward(true, NONE);
            sum.addi(output);
            squares.addi(output.mul(output));
        }
        INDArray mean = sum.div(draws);
        INDArray deviation = Transforms.sqrt(squares.div(draws).sub(mean.mul(mean)), true);
        INDArray distance =
                Transforms.abs(mean.sub(expected), true).div(deviation).mul(Math.sqrt(draws));
        assertThat(distance.maxNumber().doubleValue())
                .as("in deviations of the mean, the largest of %d", distance.length())
                .isBetween(0.5, 4.5);
    }

    private static GraphVertex vertex(ComputationGraph graph) {
        GraphVertex vertex = graph.getVertex("attend");
        vertex.setInput(0, Rule.input("map", TYPE, 2, BesideAConvolution.WIDTH, 2, 2), NONE);
        vertex.setInput(1, Rule.input("words", TYPE, 2, BesideAConvolution.CONTEXT_DIM, 3), NONE);
        return vertex;
    }

    @Test
    void aDroppedActivationIsZeroAndTheOthersAreLarger() {
        GraphVertex vertex = vertex(Place.OUTPUT.network());
        INDArray whole = vertex.doForward(false, NONE).dup();
        INDArray ratio = vertex.doForward(true, NONE).div(whole);
        int dropped = 0;
        for (int i = 0; i < ratio.length(); i++) {
            double factor = ratio.getDouble(i);
            if (factor == 0) {
                dropped++;
            } else {
                assertThat(factor).isCloseTo(1 / RETAINED, within(1e-12));
            }
        }
        assertThat(dropped).isBetween(1, (int) ratio.length() - 1);
    }

    /** The gradient towards a bias of the projection is the cotangent's sum over what was kept. */
    @Test
    void theBackwardPassDropsWhatTheForwardPassDid() {
        ComputationGraph graph = Place.OUTPUT.network();
        GraphVertex vertex = vertex(graph);
        INDArray whole = vertex.doForward(false, NONE).dup();
        INDArray noise = vertex.doForward(true, NONE).div(whole);
        graph.initGradientsView();
        INDArray cotangent = Rule.input("cotangent", TYPE, whole.shape());
        vertex.setEpsilon(cotangent);
        INDArray bias = vertex.doBackward(false, NONE).getFirst().getGradientFor("toOut.0.bias");
        assertClose("bias", bias, cotangent.mul(noise).sum(0, 2, 3), 1e-9);
    }

    @ParameterizedTest
    @EnumSource
    void theSeedDecidesAndEachPassDrawsAnew(Place place) {
        ComputationGraph graph = place.network();
        Nd4j.getRandom().setSeed(3);
        INDArray first = graph.output(true, BesideAConvolution.inputs())[0].dup();
        INDArray second = graph.output(true, BesideAConvolution.inputs())[0].dup();
        Nd4j.getRandom().setSeed(3);
        assertSameBits("the same seed", graph.output(true, BesideAConvolution.inputs())[0], first);
        assertThat(second).isNotEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void trainingWithTheSameSeedIsRepeated(Place place) {
        INDArray[] trained = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            ComputationGraph graph = place.network();
            Nd4j.getRandom().setSeed(9);
            graph.fit(BesideAConvolution.data());
            graph.fit(BesideAConvolution.data());
            trained[i] = graph.params();
        }
        assertSameBits("parameters", trained[1], trained[0]);
    }
}
