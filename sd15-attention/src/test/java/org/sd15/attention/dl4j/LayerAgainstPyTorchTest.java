package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertClose;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/**
 * Output and gradients against diffusers' {@code Attention} and PyTorch's {@code scaled_dot_product_attention}, 2.15; see
 * {@code tools/reference/README.md}.
 */
class LayerAgainstPyTorchTest {

    @ParameterizedTest
    @CsvSource({
        "cross, DOUBLE, f64, 1e-12, 1e-12", // float64 keeps 15 digits
        "cross, FLOAT, f32, 2.8e-6, 3.6e-6", // four times PyTorch's own distance from float64
        "self, DOUBLE, f64, 1e-12, 1e-12",
        "self, FLOAT, f32, 2.8e-6, 3.6e-6",
    })
    void computesWhatPyTorchDoesFromWeightsLoadedByName(
            String name, DataType type, String precision, double outputs, double gradients) {
        Fixture file = Fixture.of("sd15-attention", name);
        boolean cross = name.equals("cross");
        ComputationGraph graph = attention(cross, type);
        LayerWeights.load(graph, "attend", Rule.weights("attention/", type), name);

        GraphVertex vertex = graph.getVertex("attend");
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        String[] inputs = cross ? new String[] {"x", "context"} : new String[] {"x"};
        for (int i = 0; i < inputs.length; i++) {
            vertex.setInput(i, file.get("input." + inputs[i], type), none);
        }
        assertClose("output", vertex.doForward(true, none), file.get(precision + ".output"), outputs);

        graph.initGradientsView();
        vertex.setEpsilon(file.get("cotangent", type));
        Pair<Gradient, INDArray[]> backward = vertex.doBackward(false, none);
        for (int i = 0; i < inputs.length; i++) {
            INDArray expected = file.get(precision + ".grad.input." + inputs[i]);
            assertClose(inputs[i], backward.getSecond()[i], expected, gradients);
        }
        Map<String, INDArray> parameters = backward.getFirst().gradientForVariable();
        file.names().stream().filter(key -> key.startsWith("weight.")).forEach(key -> {
            INDArray gradient = parameters.get(LayerWeights.key(key.substring("weight.".length())));
            assertClose(key, Objects.requireNonNull(gradient), file.get(precision + ".grad." + key), gradients);
        });
    }

    /** What a layer can be told to do besides, and the mask of the text, if it has one. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    enum Setting {
        WIDE_HEADS(layer -> layer, false),
        BIAS(layer -> layer.projectionBias(true), false),
        CAUSAL(layer -> layer.causal(true), false),
        DENSE(layer -> layer.mask(MASK), false),
        DENSE_CAUSAL(layer -> layer.mask(MASK).causal(true), false),
        CAUSAL_PRESENT(layer -> layer.causal(true), true),
        BIAS_CAUSAL_PRESENT(layer -> layer.projectionBias(true).causal(true), true);

        private final UnaryOperator<CrossAttentionLayerBuilder> builder;
        private final boolean present;

        Setting(UnaryOperator<CrossAttentionLayerBuilder> builder, boolean present) {
            this.builder = builder;
            this.present = present;
        }
    }

    private static final AttentionMask MASK = new AttentionMask(List.of("11000", "11100", "01110", "00111", "00011"));

    @ParameterizedTest
    @EnumSource
    void biasesMasksAndWideHeadsAreThoseOfPyTorch(Setting setting) {
        Fixture file = Fixture.of("sd15-attention", "layer");
        String name = setting.name().toLowerCase(Locale.ROOT).replace('_', '-');
        var layer = setting.builder.apply(CrossAttentionLayer.builder()
                .queryDim(6)
                .contextDim(7)
                .heads(2)
                .headDim(4)
                .imageFormat(RNNFormat.NWC)
                .textFormat(RNNFormat.NWC));
        ComputationGraph graph = network(layer.build(), DataType.DOUBLE, "image", "text");
        LayerWeights.load(graph, "attend", Rule.weights("layer/", DataType.DOUBLE), "");
        GraphVertex vertex = graph.getVertex("attend");
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        vertex.setInput(0, Rule.input("layer.image", DataType.DOUBLE, 2, 5, 6), none);
        vertex.setInput(1, Rule.input("layer.text", DataType.DOUBLE, 2, 5, 7), none);
        if (setting.present) {
            INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {0, 0, 1, 1, 0}});
            graph.setLayerMaskArrays(new INDArray[] {null, mask}, null);
            vertex.feedForwardMaskArrays(new INDArray[] {null, mask}, MaskState.Active, 2);
        }
        assertClose("output", vertex.doForward(true, none), file.get(name + ".output"), 1e-12);

        graph.initGradientsView();
        vertex.setEpsilon(Rule.input("layer.cotangent", DataType.DOUBLE, 2, 5, 6));
        Pair<Gradient, INDArray[]> backward = vertex.doBackward(false, none);
        assertClose("image", backward.getSecond()[0], file.get(name + ".grad.image"), 1e-12);
        assertClose("text", backward.getSecond()[1], file.get(name + ".grad.text"), 1e-12);
        String prefix = name + ".grad.to_";
        file.names().stream().filter(key -> key.startsWith(prefix)).forEach(key -> {
            String parameter = LayerWeights.key(key.substring(prefix.length() - "to_".length()));
            INDArray gradient = Objects.requireNonNull(backward.getFirst().getGradientFor(parameter), parameter);
            if (parameter.equals("toK.bias")) { // adds the same to all scores of a query, so it changes nothing
                assertThat(Closeness.largest(gradient)).as(key).isLessThan(1e-14);
            } else {
                assertClose(key, gradient, file.get(key), 1e-12);
            }
        });
    }

    private static ComputationGraph attention(boolean cross, DataType type) {
        var layer = CrossAttentionLayer.builder()
                .queryDim(32)
                .contextDim(cross ? 48 : 32)
                .heads(4)
                .imageFormat(RNNFormat.NWC)
                .textFormat(RNNFormat.NWC)
                .build();
        return network(layer, type, cross ? new String[] {"image", "text"} : new String[] {"image"});
    }

    private static ComputationGraph network(CrossAttentionLayer layer, DataType type, String... inputs) {
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs(inputs)
                .addVertex("attend", layer, inputs)
                .setOutputs("attend")
                .build());
        graph.init();
        return graph;
    }
}
