package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.attention.dl4j.BesideAConvolution.attention;
import static org.sd15.attention.dl4j.BesideAConvolution.convolution;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.attention.dl4j.BesideAConvolution.step;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.transferlearning.TransferLearningHelper;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.testing.Rule;

/** Networks that are made of trained ones. */
class TransferTest {

    private final ComputationGraph trained = trained(network(floats(new Sgd(0.1))));

    /** What DL4J makes of a network has its default type. */
    private static NeuralNetConfiguration.Builder floats(IUpdater updater) {
        return global(updater).dataType(DataType.FLOAT);
    }

    private static ComputationGraph trained(ComputationGraph graph) {
        graph.setParams(Rule.input("trained", DataType.FLOAT, graph.params().shape()));
        return graph;
    }

    private static FineTuneConfiguration tuning() {
        return new FineTuneConfiguration.Builder().updater(new Sgd(0.2)).build();
    }

    /** A new layer at the end, trained with another rate. */
    private static TransferLearning.GraphBuilder extended(ComputationGraph graph) {
        return new TransferLearning.GraphBuilder(graph)
                .fineTuneConfiguration(tuning())
                .removeVertexAndConnections("loss")
                .addLayer("after", convolution().nIn(BesideAConvolution.WIDTH).build(), "attend")
                .addLayer(
                        "loss",
                        new CnnLossLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "after")
                .setOutputs("loss");
    }

    @Test
    void weightsComeAlong() {
        ComputationGraph transferred = extended(trained).build();
        trained.paramTable().forEach((key, value) -> assertSameBits(key, transferred.getParam(key), value));
        step(transferred)
                .forEach((key, step) ->
                        assertThat(step.norm2Number().doubleValue()).as(key).isPositive());
    }

    @Test
    void whatIsFrozenStays() {
        ComputationGraph transferred =
                extended(trained).setFeatureExtractor("convolve").build();
        assertMoves(transferred, "attend", "after");
    }

    @Test
    void aFrozenAttentionStaysWithAllBeforeIt() {
        ComputationGraph transferred =
                extended(trained).setFeatureExtractor("attend").build();
        trained.paramTable().forEach((key, value) -> assertSameBits(key, transferred.getParam(key), value));
        assertMoves(transferred, "after");
    }

    private static void assertMoves(ComputationGraph graph, String... layers) {
        step(graph)
                .forEach((key, step) -> assertThat(step.norm2Number().doubleValue() > 0)
                        .as(key)
                        .isEqualTo(List.of(layers).contains(key.substring(0, key.indexOf('_')))));
    }

    @Test
    void frozenWeightsAreNotConstrainedAndNothingIsDropped() {
        ComputationGraph graph = trained(network(
                floats(new Sgd(0.1)),
                convolution(),
                attention()
                        .constrainAllParameters(new NonNegativeConstraint())
                        .l2(0.1)
                        .outputDropOut(0.5)
                        .attentionDropOut(0.5)));
        ComputationGraph frozen = extended(graph).setFeatureExtractor("attend").build();
        assertMoves(frozen, "after");
        double score = frozen.score(BesideAConvolution.data(), true);
        assertThat(score).isEqualTo(frozen.score(BesideAConvolution.data(), false));
        assertThat(frozen.calcRegularizationScore(true)).isZero();
    }

    @Test
    void aFrozenAttentionIsSavedAndTransferredAgain(@TempDir Path folder) throws IOException {
        ComputationGraph frozen =
                extended(trained).setFeatureExtractor("attend").build();
        File file = folder.resolve("frozen.zip").toFile();
        ModelSerializer.writeModel(frozen, file, true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file, true);
        assertMoves(loaded, "after");
        ComputationGraph again = new TransferLearning.GraphBuilder(loaded)
                .removeVertexKeepConnections("after")
                .addLayer("after", convolution().nIn(BesideAConvolution.WIDTH).build(), "attend")
                .build();
        assertThat(again.getConfiguration().getVertices().get("attend")).isInstanceOf(FrozenVertex.class);
        trained.paramTable()
                .forEach((key, value) -> assertSameBits(key, again.paramTable().get(key), value));
    }

    @Test
    void anAttentionCanBeReplaced() {
        ComputationGraph transferred = new TransferLearning.GraphBuilder(trained)
                .removeVertexKeepConnections("attend")
                .addVertex(
                        "attend",
                        attention().weightInit(WeightInit.ONES).heads(1).build(),
                        "convolve",
                        "text")
                .build();
        assertSameBits("convolve", transferred.getParam("convolve_W"), trained.getParam("convolve_W"));
        assertThat(transferred.getParam("attend_toQ.weight").shape()).containsExactly(2, 3);
        assertThat(transferred.getParam("attend_toQ.weight").meanNumber().doubleValue())
                .isEqualTo(1);
    }

    @Test
    void aNetworkOfTheSameConfigurationStartsAnew() {
        var fresh = BesideAConvolution.initialised(trained.getConfiguration().clone());
        assertThat(fresh.getParam("attend_toQ.weight")).isNotEqualTo(trained.getParam("attend_toQ.weight"));
        assertThat(fresh.params()).isEqualTo(network(floats(new Sgd(0.1))).params());
    }

    @Test
    void fineTuningSetsTheUpdatersOfBoth() {
        ComputationGraph gradients = trained(network(floats(new Sgd(1))));
        ComputationGraph transferred = new TransferLearning.GraphBuilder(trained)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Sgd(0.2))
                        .biasUpdater(new Sgd(0.3))
                        .build())
                .build();
        Map<String, INDArray> plain = step(gradients);
        step(transferred).forEach((key, step) -> {
            double rate = key.endsWith("bias") || key.endsWith("_b") ? 0.3 : 0.2;
            assertClose(key, step, plain.get(key).mul(rate), 1e-5);
        });
        assertThat(transferred.getLearningRate("attend")).isEqualTo(0.2);
        assertThat(trained.getLearningRate("attend")).isEqualTo(0.1);
    }

    @Test
    void fineTuningSetsRegularisationAndNormalisation() {
        ComputationGraph transferred = new TransferLearning.GraphBuilder(trained)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .l2(0.3)
                        .l2Bias(0.4)
                        .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                        .gradientNormalizationThreshold(0.5)
                        .build())
                .build();
        CrossAttentionLayer layer = layer(transferred);
        assertThat(layer.getUpdater()).isEqualTo(new Sgd(0.1));
        assertThat(layer.getRegularization()).containsExactly(new L2Regularization(0.3));
        assertThat(layer.getRegularizationBias()).containsExactly(new L2Regularization(0.4));
        assertThat(layer.getGradientNormalization()).isEqualTo(GradientNormalization.ClipL2PerLayer);
        assertThat(layer.getGradientNormalizationThreshold()).isEqualTo(0.5);
    }

    /** A vertex is told of a fine-tuning as of a network, where a default can't be told from nothing. */
    @Test
    void fineTuningToDl4jsDefaultsAndConstraintsDoNotReachTheAttention() {
        ComputationGraph transferred = new TransferLearning.GraphBuilder(trained)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Sgd())
                        .constraints(List.of(new NonNegativeConstraint()))
                        .build())
                .build();
        assertThat(transferred.getLearningRate("convolve")).isEqualTo(Sgd.DEFAULT_SGD_LR);
        assertThat(transferred.getLearningRate("attend")).isEqualTo(0.1);
        assertThat(layer(transferred).getConstraints()).isEmpty();
        layer(transferred).setUpdater(new Sgd());
        assertThat(transferred.getLearningRate("attend")).isEqualTo(Sgd.DEFAULT_SGD_LR);
        INDArray gradient = step(trained(network(floats(new Sgd(1))))).get("attend_toQ.weight");
        INDArray step = step(transferred).get("attend_toQ.weight");
        assertClose("toQ", step, gradient.mul(Sgd.DEFAULT_SGD_LR), 1e-3); // of the rounding of parameters near one
    }

    @Test
    void anotherWidthBeforeTheAttentionIsRefused() {
        assertThatThrownBy(
                        () -> new TransferLearning.GraphBuilder(trained).nOutReplace("convolve", 5, WeightInit.XAVIER))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("Use removeVertexKeepConnections followed by addVertex instead");
    }

    /** DL4J copies the weights of layers back, those of vertices not. */
    @Test
    void aHelperTrainsItsOwnGraphOnly() {
        var helper = new TransferLearningHelper(trained, "convolve");
        assertSameBits(
                "attend", helper.unfrozenGraph().getParam("attend_toQ.weight"), trained.getParam("attend_toQ.weight"));
        INDArray before = trained.getParam("attend_toQ.weight").dup();
        helper.fitFeaturized(helper.featurize(BesideAConvolution.data()));
        assertThat(helper.unfrozenGraph().getParam("attend_toQ.weight")).isNotEqualTo(before);
        assertThat(trained.getParam("attend_toQ.weight"))
                .as("mended: CrossAttentionLayer's table need not tell of it")
                .isEqualTo(before);
    }

    @Test
    void updatersAreNotSharedWithTheOriginal() {
        ComputationGraph adam = trained(network(floats(new Adam(0.1))));
        ComputationGraph transferred = extended(adam).build();
        transferred.setLearningRate("attend", 0.5);
        assertThat(adam.getLearningRate("attend")).isEqualTo(0.1);
        assertThat(transferred.getLearningRate("after")).isEqualTo(0.2);
    }

    private static CrossAttentionLayer layer(ComputationGraph graph) {
        return (CrossAttentionLayer) graph.getConfiguration().getVertices().get("attend");
    }
}
