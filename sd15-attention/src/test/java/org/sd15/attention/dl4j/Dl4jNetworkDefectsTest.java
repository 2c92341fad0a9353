package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.testing.Rule;

/**
 * What a network of DL4J 1.0.0-M2.1 does not do for SameDiff vertices, and the layer therefore sees to itself. A test that
 * fails with a later DL4J says which detour is no longer needed.
 */
class Dl4jNetworkDefectsTest {

    private static final DataType TYPE = DataType.FLOAT;

    /** The network below has only an attention: a layer with parameters, anywhere, would wake the fit. */
    @Test
    void fittingDoesNothingWhereOnlyVerticesHaveParameters() {
        var data = new MultiDataSet(Rule.input("x", TYPE, 2, 3, 4, 4), Rule.input("y", TYPE, 2, 3, 4, 4));
        ComputationGraph stock = onlyAttention(new StockVertex(SmallNetwork.layer(Wiring.MAP_TO_ITSELF)));
        INDArray before = stock.params().dup();
        stock.fit(data);
        assertThat(stock.params())
                .as("mended: AttentionVertex need not pass for a layer")
                .isEqualTo(before);
        ComputationGraph own = onlyAttention(SmallNetwork.layer(Wiring.MAP_TO_ITSELF));
        own.fit(data);
        assertThat(own.params()).isNotEqualTo(before);
    }

    private static ComputationGraph onlyAttention(SameDiffVertex attention) {
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .updater(new Sgd(1))
                .graphBuilder()
                .addInputs("image")
                .addVertex("attend", attention, "image")
                .addLayer(
                        "loss",
                        new CnnLossLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "attend")
                .setOutputs("loss")
                .build());
        graph.init();
        return graph;
    }

    @Test
    void aVertexIsNotAmongTheLayersThatANetworkKnows() {
        ComputationGraph stock = Dl4jVertexDefectsTest.stock();
        long attention = stock.getVertex("attend").params().length();
        String mended = "mended: AttentionVertex need not pass for a layer";
        assertThat(stock.numParams()).as(mended).isEqualTo(stock.params().length() - attention);
        assertThatThrownBy(() -> stock.getParam("attend_toQ.weight"))
                .as(mended)
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> stock.getLearningRate("attend")).as(mended).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> stock.setLearningRate("attend", 1))
                .as(mended)
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void transferLearningForgetsTheWeightsOfAVertex() {
        ComputationGraph stock = Dl4jVertexDefectsTest.stock();
        ComputationGraph transferred = new TransferLearning.GraphBuilder(stock)
                .removeVertexKeepConnections("loss")
                .addLayer(
                        "loss",
                        new RnnOutputLayer.Builder(LossFunction.MSE)
                                .nIn(SmallNetwork.QUERY_DIM)
                                .nOut(1)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "attend")
                .build();
        assertSameBits("a layer", transferred.getParam("textIn_W"), stock.getParam("textIn_W"));
        assertThat(transferred.paramTable().get("attend_toQ.weight"))
                .as("mended: CrossAttentionLayer need not inherit weights itself")
                .isNotEqualTo(stock.paramTable().get("attend_toQ.weight"));
    }

    @Test
    void aMemoryReportIsMissing() {
        InputType image = InputType.recurrent(2, 4);
        InputType text = InputType.recurrent(2, 3);
        assertThatThrownBy(() -> Dl4jVertexDefectsTest.stock()
                        .getConfiguration()
                        .getMemoryReport(image, text)
                        .toString())
                .as("mended: LayerMemory is not needed")
                .isInstanceOf(NullPointerException.class);
    }
}
