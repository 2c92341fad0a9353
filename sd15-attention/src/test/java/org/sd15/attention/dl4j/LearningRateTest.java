package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.attention.dl4j.BesideAConvolution.normalised;
import static org.sd15.attention.dl4j.BesideAConvolution.step;
import static org.sd15.testing.Closeness.assertClose;

import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Learning rates that are changed while a network is trained. */
class LearningRateTest {

    @Test
    void aRateForAllIsTheAttentionsToo() {
        ComputationGraph graph = network(global(new Sgd(0.1)));
        graph.setLearningRate(0.01);
        assertSteps(graph, 0.01, 0.01);
    }

    @Test
    void aRateByNameIsThatOfOneOnly() {
        ComputationGraph attention = network(global(new Sgd(0.1)));
        attention.setLearningRate("attend", 0.02);
        assertSteps(attention, 0.1, 0.02);
        ComputationGraph convolution = network(global(new Sgd(0.1)));
        convolution.setLearningRate("convolve", 0.02);
        assertSteps(convolution, 0.02, 0.1);
    }

    private static void assertSteps(ComputationGraph graph, double convolution, double attention) {
        assertThat(graph.getLearningRate("convolve")).isEqualTo(convolution);
        assertThat(graph.getLearningRate("attend")).isEqualTo(attention);
        Map<String, INDArray> gradients = step(network(global(new Sgd(1))));
        step(graph).forEach((key, step) -> {
            double rate = key.startsWith("attend") ? attention : convolution;
            assertClose(key, step, gradients.get(key).mul(rate), 1e-9);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void schedulesAreFollowed(boolean byName) {
        ComputationGraph graph = network(global(new Sgd(0.1)));
        var halves = new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.5);
        if (byName) {
            graph.setLearningRate("attend", halves);
        } else {
            graph.setLearningRate(halves);
        }
        step(graph);
        step(graph);
        assertThat(graph.getLearningRate("attend")).isEqualTo(0.025);
        assertThat(graph.getLearningRate("convolve")).isEqualTo(byName ? 0.1 : 0.025);
    }

    /** Adam's moments stay with their parameters: without a gradient a step is what is left of the last. */
    @Test
    void momentsSurviveAChangeOfTheRate() {
        ComputationGraph changed = network(global(new Adam(0.01)));
        ComputationGraph unchanged = network(global(new Adam(0.01)));
        step(changed);
        step(unchanged);
        changed.setLearningRate("attend", 0.001);
        Map<String, INDArray> steps = step(changed);
        step(unchanged).forEach((key, step) -> {
            double factor = key.startsWith("attend") ? 0.1 : 1;
            assertClose(key, steps.get(key), step.mul(factor), 1e-9);
        });
    }

    @Test
    void aBatchNormalisationInTheNetworkDoesNotMatter() {
        ComputationGraph graph = normalised(global(new Adam(0.1)));
        step(graph);
        graph.setLearningRate(0.01);
        assertThat(graph.getLearningRate("attend")).isEqualTo(0.01);
        ComputationGraph slow = normalised(global(new Adam(0.1)));
        step(slow);
        Map<String, INDArray> fast = step(slow);
        assertClose(
                "toQ",
                step(graph).get("attend_toQ.weight"),
                fast.get("attend_toQ.weight").mul(0.1),
                1e-9);
    }

    /** It is DL4J's: the running mean has an updater without state, which breaks its book-keeping of blocks. */
    @Test
    void aRateByNameThatPartsLayersFailsBesideABatchNormalisationAndAnUpdaterWithState() {
        ComputationGraph graph = normalised(global(new Adam(0.1)));
        step(graph);
        graph.setLearningRate("attend", 0.01); // after the running mean: nothing is parted
        assertThat(graph.getLearningRate("attend")).isEqualTo(0.01);
        assertThatThrownBy(() -> graph.setLearningRate("convolve", 0.01))
                .as("mended: CrossAttentionLayer's table need not tell of it")
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void layersDoNotShareTheNetworksUpdater() {
        var updater = new Adam(0.1);
        ComputationGraph graph = network(global(updater));
        graph.setLearningRate("attend", 0.01);
        assertThat(updater.getLearningRate()).isEqualTo(0.1);
    }

    @Test
    void oneLayerCanBeTwoVerticesWithRatesOfTheirOwn() {
        CrossAttentionLayer layer = attention().contextDim(0).build();
        var configuration = global(new Sgd(0.1))
                .graphBuilder()
                .addInputs("image")
                .addLayer(
                        "convolve",
                        convolution().nIn(BesideAConvolution.CHANNELS).build(),
                        "image")
                .addVertex("first", layer, "convolve")
                .addVertex("second", layer, "first")
                .setOutputs("second")
                .build();
        ComputationGraph graph = BesideAConvolution.initialised(configuration);
        graph.setLearningRate("second", 0.01);
        assertThat(graph.getLearningRate("first")).isEqualTo(0.1);
        assertThat(graph.getConfiguration().getVertices().get("second"))
                .isInstanceOfSatisfying(
                        CrossAttentionLayer.class,
                        second -> assertThat(second.getUpdater()).isEqualTo(new Sgd(0.01)));
    }
}
