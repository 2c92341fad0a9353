package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.relativeNorm;

import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.testing.Console;
import org.sd15.testing.Rule;

/**
 * What DL4J 1.0.0-M2.1 does to SameDiff vertices, and why the layer brings a runtime of its own: the same graph, once run
 * by DL4J and once by the layer. A test that fails with a later DL4J says which detour is no longer needed.
 */
class Dl4jVertexDefectsTest {

    private static final Wiring WIRING = Wiring.NCW_TO_TEXT;
    private static final DataType TYPE = DataType.FLOAT;

    /** Two products and a sum, to see what workspaces do to it. */
    @SuppressWarnings("serial")
    private static final class Gate extends SameDiffVertex {

        @Override
        public void defineParametersAndInputs(SDVertexParams params) {
            params.clear();
            params.defineInputs("x");
            params.addWeightParam("W", 6, 6);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            value(params, "W").assign(Rule.tensor("W", TYPE, 6, 6));
        }

        @Override
        public SDVariable defineVertex(
                SameDiff sameDiff,
                Map<String, SDVariable> inputs,
                Map<String, SDVariable> params,
                Map<String, SDVariable> masks) {
            SDVariable x = value(inputs, "x");
            SDVariable projected = sameDiff.math.tanh(x.mmul(value(params, "W")));
            return projected.mul(sameDiff.nn.sigmoid(x)).add(sameDiff.math.square(x));
        }

        @Override
        public InputType getOutputType(int layerIndex, InputType... inputs) {
            return inputs[0];
        }

        @Override
        public Gate clone() {
            return new Gate();
        }
    }

    @Test
    void gradientsAreDoubled() {
        ComputationGraph own = own();
        ComputationGraph stock = stock();
        differentiate(own, sequences());
        differentiate(stock, sequences());
        own.gradient().gradientForVariable().forEach((key, gradient) -> {
            double factor = key.startsWith("loss_") ? 1 : 2; // the vertex and all before it
            assertSameBits(
                    "mended: AttentionVertex may use the superclass's doBackward",
                    value(stock.gradient().gradientForVariable(), key),
                    gradient.mul(factor));
        });
    }

    @Test
    void workspacesMixGradientsUpFromTheSecondCallOn() {
        MultiDataSet data = new MultiDataSet(
                new INDArray[] {Rule.input("x", TYPE, 5, 6)}, new INDArray[] {Rule.input("y", TYPE, 5, 6)});
        ComputationGraph with = gate(WorkspaceMode.ENABLED);
        ComputationGraph without = gate(WorkspaceMode.NONE);
        differentiate(without, data);
        INDArray right = value(without.gradient().gradientForVariable(), "in_W").dup();
        differentiate(with, data);
        assertSameBits("first call", value(with.gradient().gradientForVariable(), "in_W"), right);
        differentiate(with, data);
        assertThat(relativeNorm(value(with.gradient().gradientForVariable(), "in_W"), right))
                .as("mended: AttentionVertex may compute in workspaces")
                .isGreaterThan(0.5);
    }

    @Test
    void masksOutliveTheirCall() {
        INDArray[] masks = {null, Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 1}})};
        INDArray[] inputs = sequences().getFeatures();
        ComputationGraph stock = stock();
        INDArray plain = stock.output(false, inputs, null)[0];
        stock.output(false, inputs, masks);
        assertThat(relativeNorm(stock.output(false, inputs, null)[0], plain))
                .as("mended: AttentionVertex need not ask the network whether there are masks")
                .isGreaterThan(0.1);
    }

    @Test
    void sizesAreFrozenAtTheFirstCall() {
        ComputationGraph stock = stock();
        stock.output(sequences().getFeatures());
        assertThatThrownBy(() -> stock.output(SmallNetwork.inputs(WIRING, TYPE, 2, 2, 5)))
                .as("mended: AttentionVertex need not keep a graph for every size")
                .isInstanceOf(RuntimeException.class);
    }

    /** Clipping by layer works on a view that the vertex never keeps, and says nothing if it is null. */
    @Test
    void gradientsOfTheWholeVertexAreMissing() {
        ComputationGraph stock = stock();
        stock.initGradientsView();
        assertThat(stock.getVertex("attend").getGradientsViewArray())
                .as("mended: AttentionVertex need not keep its gradients' view")
                .isNull();
        ComputationGraph own = own();
        own.initGradientsView();
        assertThat(own.getVertex("attend").getGradientsViewArray().length())
                .isEqualTo(own.getVertex("attend").params().length());
    }

    private static MultiDataSet sequences() {
        return new MultiDataSet(SmallNetwork.inputs(WIRING, TYPE, 2, 2, 3), SmallNetwork.labels(WIRING, TYPE, 2, 2));
    }

    private static void differentiate(ComputationGraph graph, MultiDataSet data) {
        graph.setInputs(data.getFeatures());
        graph.setLabels(data.getLabels());
        Console.printedBy(graph::computeGradientAndScore); // SameDiff lists every operation
    }

    static ComputationGraph own() {
        return SmallNetwork.of(WIRING, TYPE, new Sgd(1), WorkspaceMode.NONE);
    }

    static ComputationGraph stock() {
        var graph = new ComputationGraph(SmallNetwork.configuration(
                WIRING, new StockVertex(SmallNetwork.layer(WIRING)), TYPE, new Sgd(1), WorkspaceMode.NONE));
        graph.init();
        graph.setParams(own().params());
        return graph;
    }

    private static ComputationGraph gate(WorkspaceMode workspaces) {
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(3)
                .trainingWorkspaceMode(workspaces)
                .graphBuilder()
                .addInputs("x")
                .setInputTypes(InputType.feedForward(6))
                .addLayer("in", new DenseLayer.Builder().nOut(6).build(), "x")
                .addVertex("gate", new Gate(), "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(6)
                                .build(),
                        "gate")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    private static <T> T value(Map<String, T> values, String key) {
        return Objects.requireNonNull(values.get(key), key);
    }
}
