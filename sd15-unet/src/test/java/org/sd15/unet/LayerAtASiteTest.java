package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.attention.dl4j.LayerWeights;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Rule;

/** The DL4J layer with the weights of one attention of a UNet, fed with what that attention receives, gives its very bits. */
class LayerAtASiteTest {

    private static final DataType TYPE = DataType.FLOAT;
    private static final Weights WEIGHTS = Rule.weights("", TYPE);
    private static final int CHANNELS = 32;
    private static final int TOKENS = 16 * 16;
    private static final int WORDS = 77;

    @ParameterizedTest
    @CsvSource({
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2, true",
        "up_blocks.3.attentions.2.transformer_blocks.0.attn1, false"
    })
    void theLayerGivesTheBitsOfTheUNet(String path, boolean cross) {
        SameDiff graph = unet();
        String asked = firstInput(graph, path + ".to_q.out");
        String answered = onlyUse(graph, path + ".to_out.0.bias");
        INDArray text = Rule.input("site.context", TYPE, 2, WORDS, CHANNELS);
        try (GraphSession session = new GraphSession(graph)) {
            Map<String, INDArray> inputs = Map.of(
                    "sample",
                    Rule.input("site.sample", TYPE, 2, 4, 16, 16),
                    "time",
                    Rule.input("site.time", TYPE, 2, CHANNELS),
                    "context",
                    text);
            Map<String, INDArray> values = session.evaluate(inputs, List.of(asked, answered));
            INDArray image = tokens(values, asked);
            INDArray[] given = cross ? new INDArray[] {image, text} : new INDArray[] {image};
            assertSameBits(path, layer(path, cross).outputSingle(given), tokens(values, answered));
        }
    }

    private static SameDiff unet() {
        SameDiff graph = Graphs.create();
        UNetGraph.apply(
                TinySd.config(),
                Scope.of(graph, TYPE, Parameters.from(WEIGHTS, name -> false)),
                FeatureMap.ofNchw(graph.placeHolder("sample", TYPE, -1, 4, 16, 16), 4, 16, 16),
                new Tokens(graph.placeHolder("time", TYPE, -1, CHANNELS), 1, CHANNELS),
                Tokens.of(graph.placeHolder("context", TYPE, -1, WORDS, CHANNELS), WORDS, CHANNELS));
        return graph;
    }

    private static String firstInput(SameDiff graph, String variable) {
        return graph.getVariableOutputOp(variable).arg(0).name();
    }

    private static String onlyUse(SameDiff graph, String variable) {
        var uses = Objects.requireNonNull(graph.getVariables().get(variable)).getInputsForOp();
        assertThat(uses).hasSize(1);
        return Objects.requireNonNull(graph.getOps().get(uses.get(0)))
                .getOutputsOfOp()
                .get(0);
    }

    private static INDArray tokens(Map<String, INDArray> values, String name) {
        return Objects.requireNonNull(values.get(name)).reshape(2, TOKENS, CHANNELS);
    }

    private static ComputationGraph layer(String path, boolean cross) {
        var layer = CrossAttentionLayer.builder()
                .queryDim(CHANNELS)
                .contextDim(CHANNELS)
                .heads(8)
                .imageFormat(RNNFormat.NWC)
                .textFormat(RNNFormat.NWC)
                .build();
        String[] inputs = cross ? new String[] {"image", "text"} : new String[] {"image"};
        var network = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs(inputs)
                .addVertex("attend", layer, inputs)
                .setOutputs("attend")
                .build());
        network.init();
        LayerWeights.load(network, "attend", WEIGHTS, path);
        return network;
    }
}
