package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.attention.graph.Weights;
import org.sd15.testing.Rule;

/** Where the layer's weights come from and go to. */
class LayerWeightsTest {

    private static CrossAttentionLayerBuilder sd15() {
        return CrossAttentionLayer.builder().queryDim(320).contextDim(768).heads(8);
    }

    private static final CrossAttentionLayer SMALL = SmallNetwork.layer(Wiring.MAP_TO_TEXT);

    @Test
    void weightsStartTheWayTheNetworkOrTheLayerSays() {
        var xavier = network(new NeuralNetConfiguration.Builder(), sd15().build());
        double deviation = param(xavier, "toK.weight").stdNumber().doubleValue();
        assertThat(deviation).isCloseTo(Math.sqrt(2.0 / (320 + 768)), within(5e-4)); // four of its own deviations
        assertThat(param(xavier, "toOut.0.bias").norm1Number().doubleValue()).isZero();

        var ones = new NeuralNetConfiguration.Builder().weightInit(WeightInit.ONES);
        assertSameBits("the network's", param(network(ones, sd15().build()), "toQ.weight"), Nd4j.ones(320, 320));
        var own = network(ones, sd15().weightInit(WeightInit.ZERO).build());
        assertSameBits("the layer's", param(own, "toQ.weight"), Nd4j.zeros(320, 320));
    }

    private static INDArray param(ComputationGraph graph, String key) {
        return Objects.requireNonNull(
                graph.getVertex("attend").paramTable(false).get(key));
    }

    private static ComputationGraph small() {
        return network(new NeuralNetConfiguration.Builder(), SMALL);
    }

    private static ComputationGraph network(NeuralNetConfiguration.Builder global, CrossAttentionLayer layer) {
        var graph = new ComputationGraph(configuration(global, layer));
        graph.init();
        return graph;
    }

    private static ComputationGraphConfiguration configuration(
            NeuralNetConfiguration.Builder global, CrossAttentionLayer layer) {
        return global.seed(5)
                .graphBuilder()
                .addInputs("image", "text")
                .addVertex("attend", layer, "image", "text")
                .setOutputs("attend")
                .build();
    }

    @Test
    void weightsGoOutUnderTheNamesTheyCameInBy() {
        ComputationGraph graph = small();
        String path = "down_blocks.0.attentions.0.transformer_blocks.0.attn2";
        Weights weights = Rule.weights("", DataType.FLOAT);
        LayerWeights.load(graph, "attend", weights, path);
        Map<String, INDArray> exported = LayerWeights.export(graph, "attend", path);
        assertThat(exported.keySet())
                .containsExactly(
                        path + ".to_q.weight",
                        path + ".to_k.weight",
                        path + ".to_v.weight",
                        path + ".to_out.0.weight",
                        path + ".to_out.0.bias");
        exported.forEach(
                (name, array) -> assertSameBits(name, array, Rule.tensor(name, DataType.FLOAT, array.shape())));
        INDArray params = graph.params().dup();
        exported.values().forEach(array -> array.assign(7));
        assertSameBits("exported arrays are copies", graph.params(), params);
    }

    @Test
    void weightsTakeTheTypeOfTheNetwork() {
        ComputationGraph graph = network(new NeuralNetConfiguration.Builder().dataType(DataType.DOUBLE), SMALL);
        LayerWeights.load(graph, "attend", Rule.weights("", DataType.FLOAT), "attn2");
        LayerWeights.export(graph, "attend", "attn2")
                .forEach((name, array) ->
                        assertSameBits(name, array, Rule.tensor(name, DataType.DOUBLE, array.shape())));
    }

    @Test
    void aFrozenVertexHasItsWeightsToo() {
        var frozen = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("image", "text")
                .addVertex("attend", new FrozenVertex(SMALL.clone()), "image", "text")
                .setOutputs("attend")
                .build());
        frozen.init();
        LayerWeights.load(frozen, "attend", Rule.weights("", DataType.FLOAT), "attn2");
        assertSameBits("toQ", param(frozen, "toQ.weight"), Rule.tensor("attn2.to_q.weight", DataType.FLOAT, 4, 3));
    }

    @Test
    void aCheckpointThatLacksAWeightChangesNothing() {
        ComputationGraph graph = small();
        INDArray params = graph.params().dup();
        Weights incomplete = spec -> {
            if (spec.name().endsWith("bias")) {
                throw new IllegalArgumentException("no " + spec);
            }
            return Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
        };
        assertThatThrownBy(() -> LayerWeights.load(graph, "attend", incomplete, "attn2"))
                .hasMessage("no attn2.to_out.0.bias[3]");
        assertSameBits("parameters", graph.params(), params);
    }

    @Test
    void saysWhichVerticesThereAre() {
        ComputationGraph graph = new ComputationGraph(configuration(new NeuralNetConfiguration.Builder(), SMALL));
        assertThatThrownBy(() -> LayerWeights.export(graph, "atend", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the network has no cross-attention vertex atend; its vertices are [attend]");
        assertThatThrownBy(() -> LayerWeights.export(graph, "attend", ""))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call init() first");
    }
}
