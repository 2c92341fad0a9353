package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.testing.Fixture;

/** How the layer is configured, travels and complains. */
class LayerConfigurationTest {

    private static final InputType IMAGE = InputType.convolutional(32, 32, 320);
    private static final InputType TEXT = InputType.recurrent(768, 77, RNNFormat.NWC);

    private static CrossAttentionLayerBuilder sd15() {
        return CrossAttentionLayer.builder()
                .queryDim(320)
                .contextDim(768)
                .heads(8)
                .textFormat(RNNFormat.NWC);
    }

    @Test
    void theHeadsShareTheWidthOfTheImageUnlessSaidOtherwise() {
        var expected = new CrossAttentionConfig(320, 768, 8, 40, RNNFormat.NCW, RNNFormat.NWC);
        assertThat(sd15().build().getConfig()).isEqualTo(expected);
        assertThat(sd15().headDim(40).build()).isEqualTo(sd15().build());
        assertThat(sd15().headDim(64).build().getConfig().headDim()).isEqualTo(64);
    }

    @Test
    void anImageWithoutATextAttendsToItself() {
        var layer = CrossAttentionLayer.builder().queryDim(320).heads(8).build();
        assertThat(layer.getConfig().contextDim()).isEqualTo(320);
        assertThat(layer.minVertexInputs()).isEqualTo(1);
        assertThat(layer.getOutputType(0, IMAGE)).isEqualTo(IMAGE);
        assertThat(sd15().build().minVertexInputs()).isEqualTo(2);
    }

    @Test
    void refusesDimensionsThatAreMissing() {
        assertThatThrownBy(() -> CrossAttentionLayer.builder().queryDim(320).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queryDim 320, contextDim 320, heads 0, headDim 0");
        assertThatThrownBy(() -> sd15().heads(7).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryDim 320 does not divide into 7 heads: set headDim");
    }

    @Test
    void parametersAreNamedAsInDiffusersButForTheUnderscore() {
        var graph = SmallNetwork.of(Wiring.MAP_TO_TEXT, DataType.FLOAT, new Sgd(1), WorkspaceMode.ENABLED);
        assertThat(graph.getVertex("attend").paramTable(false).keySet())
                .containsExactly("toQ.weight", "toK.weight", "toV.weight", "toOut.0.weight", "toOut.0.bias");
        assertThat(graph.paramTable()).containsKeys("attend_toQ.weight", "attend_toOut.0.bias");
        assertThat(graph.summary()).contains("attend (AttentionVertex)");
    }

    @ParameterizedTest
    @EnumSource
    void jsonAndYamlKeepEverything(Wiring wiring) {
        ComputationGraphConfiguration configuration = configuration(wiring);
        var json = ComputationGraphConfiguration.fromJson(configuration.toJson());
        var yaml = ComputationGraphConfiguration.fromYaml(configuration.toYaml());
        assertThat(json).isEqualTo(configuration).isEqualTo(yaml).isEqualTo(configuration.clone());
        assertThat(json.getVertices().get("attend")).isInstanceOfSatisfying(CrossAttentionLayer.class, layer -> {
            assertThat(layer.getConfig()).isEqualTo(layer(configuration).getConfig());
            assertThat(layer.getWeightInit()).isEqualTo(WeightInit.XAVIER.getWeightInitFunction());
            assertThat(layer.getRegularization()).containsExactly(new WeightDecay(0.1, true));
        });
        assertThat(json.toJson()).isEqualTo(configuration.toJson());
    }

    private static ComputationGraphConfiguration configuration(Wiring wiring) {
        var configuration = SmallNetwork.configuration(wiring, DataType.FLOAT, new Adam(1), WorkspaceMode.ENABLED);
        layer(configuration).setRegularization(List.of(new WeightDecay(0.1, true)));
        return configuration;
    }

    private static CrossAttentionLayer layer(ComputationGraphConfiguration configuration) {
        return (CrossAttentionLayer)
                Objects.requireNonNull(configuration.getVertices().get("attend"));
    }

    /** Everything that can be said of a layer. */
    private static CrossAttentionLayerBuilder talkative() {
        return sd15().headDim(64)
                .projectionBias(true)
                .causal(true)
                .mask(AttentionMask.of(new boolean[][] {{true, false}, {true, true}}))
                .attentionDropOut(0.9)
                .outputDropOut(0.8)
                .weightInit(WeightInit.RELU)
                .updater(new Adam(0.1))
                .biasUpdater(new Sgd(0.2))
                .l1(0.3)
                .weightDecay(0.4, false)
                .l1Bias(0.5)
                .l2Bias(0.6)
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(0.7)
                .constrainWeights(new MaxNormConstraint(8, 1))
                .constrainBias(new NonNegativeConstraint());
    }

    @Test
    void jsonAndYamlKeepEverySetting() {
        var configuration = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("image", "text")
                .addVertex("attend", talkative().build(), "image", "text")
                .setOutputs("attend")
                .build();
        var json = ComputationGraphConfiguration.fromJson(configuration.toJson());
        var yaml = ComputationGraphConfiguration.fromYaml(configuration.toYaml());
        assertThat(json).isEqualTo(configuration).isEqualTo(yaml).isEqualTo(configuration.clone());
        CrossAttentionLayer layer = layer(json);
        assertThat(layer).isEqualTo(talkative().build()).isNotEqualTo(sd15().build());
        assertThat(layer.getConfig().mask()).isEqualTo(new AttentionMask(List.of("10", "11")));
        assertThat(layer.getConstraints()).hasSize(2);
        assertThat(layer.getConstraints().get(1).getParams())
                .containsExactlyInAnyOrder("toQ.bias", "toK.bias", "toV.bias", "toOut.0.bias");
        assertThat(json.toJson()).isEqualTo(configuration.toJson());
    }

    /** As it was written before there were biases, masks, dropout and constraints. */
    @Test
    void aNetworkWrittenByAnEarlierVersionIsRead() throws IOException {
        String written = Files.readString(Fixture.resource("sd15-attention", "network.json"));
        var read = ComputationGraphConfiguration.fromJson(written);
        var today =
                SmallNetwork.configuration(Wiring.NCW_TO_TEXT, DataType.FLOAT, new Adam(0.01), WorkspaceMode.ENABLED);
        assertThat(read).isEqualTo(today);
        var graph = new ComputationGraph(read);
        graph.init();
        assertThat(graph.getVertex("attend").params().length()).isEqualTo(4 * 3 + 2 * 4 * 4 + 3 * 4 + 3);
    }

    @Test
    void refusesWhatIsNoProbabilityAndNoMask() {
        assertThatThrownBy(() -> sd15().attentionDropOut(1.5).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("attentionDropOut 1.5 is no probability: as in DL4J, it is that of keeping a value");
        assertThatThrownBy(() -> sd15().outputDropOut(Double.NaN).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("outputDropOut NaN is no probability");
        assertThatThrownBy(() -> new AttentionMask(List.of("101", "10")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("row 1 of the mask is \"10\"; expected 3 ones and zeros");
        assertThatThrownBy(() -> new AttentionMask(List.of("1x")))
                .hasMessage("row 0 of the mask is \"1x\"; expected 2 ones and zeros");
        assertThatThrownBy(() -> AttentionMask.of(new boolean[0][])).hasMessageContaining("there is none");
    }

    /** As DL4J's {@code dropOut(0)}. */
    @Test
    void aProbabilityOfZeroMeansNoDropout() {
        assertThat(sd15().attentionDropOut(0).outputDropOut(0).build()).isEqualTo(sd15().build());
    }

    @Test
    void javaSerialisationKeepsEverything() throws IOException, ClassNotFoundException {
        CrossAttentionLayer layer = talkative().build();
        var bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(layer);
        try (var stream = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(stream.readObject()).isEqualTo(layer);
        }
    }

    @Test
    void aCloneIsEqualAndSharesNothing() {
        CrossAttentionLayer layer = layer(configuration(Wiring.MAP_TO_TEXT));
        CrossAttentionLayer clone = layer.clone();
        assertThat(clone).isEqualTo(layer).hasSameHashCodeAs(layer).isNotSameAs(layer);
        ((Adam) clone.getUpdater()).setLearningRate(2);
        assertThat(clone).isNotEqualTo(layer);
    }

    @Test
    void equalityIsThatOfEverySetting() {
        assertThat(sd15().build()).isEqualTo(sd15().build()).isNotEqualTo("a layer");
        assertThat(List.of(
                        sd15().queryDim(640),
                        sd15().contextDim(1024),
                        sd15().heads(4),
                        sd15().headDim(8),
                        sd15().imageFormat(RNNFormat.NWC),
                        sd15().textFormat(RNNFormat.NCW),
                        sd15().weightInit(WeightInit.ONES),
                        sd15().projectionBias(true),
                        sd15().causal(true),
                        sd15().mask(new AttentionMask(List.of("1"))),
                        sd15().attentionDropOut(0.5),
                        sd15().outputDropOut(0.5),
                        sd15().updater(new Sgd(1)),
                        sd15().biasUpdater(new Sgd(1)),
                        sd15().l2(1),
                        sd15().l2Bias(1),
                        sd15().gradientNormalization(GradientNormalization.ClipL2PerLayer),
                        sd15().gradientNormalizationThreshold(1),
                        sd15().constrainBias(new NonNegativeConstraint())))
                .extracting(CrossAttentionLayerBuilder::build)
                .doesNotContain(sd15().build())
                .doesNotHaveDuplicates();
    }

    @Test
    void theOutputIsOfTheTypeOfTheImage() {
        assertThat(sd15().build().getOutputType(0, IMAGE, TEXT)).isEqualTo(IMAGE);
        InputType sequence = InputType.recurrent(320, 1024);
        assertThat(sd15().build().getOutputType(0, sequence, TEXT)).isEqualTo(sequence);
    }
}
