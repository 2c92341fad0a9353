package org.sd15.attention.dl4j;

import static org.sd15.testing.Closeness.assertClose;

import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** Output and gradients against diffusers' {@code Attention} in PyTorch 2.15; see {@code tools/reference/README.md}. */
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

    private static ComputationGraph attention(boolean cross, DataType type) {
        var layer = CrossAttentionLayer.builder()
                .queryDim(32)
                .contextDim(cross ? 48 : 32)
                .heads(4)
                .imageFormat(RNNFormat.NWC)
                .textFormat(RNNFormat.NWC)
                .build();
        String[] inputs = cross ? new String[] {"image", "text"} : new String[] {"image"};
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
