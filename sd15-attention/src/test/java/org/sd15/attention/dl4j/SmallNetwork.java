package org.sd15.attention.dl4j;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.testing.Rule;

/**
 * A small network around the layer. Image and text go through a layer of their own first, so its gradients depend on those
 * that leave the attention towards its inputs.
 */
final class SmallNetwork {

    static final int CHANNELS = 2;
    static final int QUERY_DIM = 3;
    static final int CONTEXT_DIM = 4;

    /** What the image is, and how it attends. */
    enum Wiring {
        MAP_TO_TEXT(true, null, true),
        NCW_TO_TEXT(false, RNNFormat.NCW, true),
        NWC_TO_TEXT(false, RNNFormat.NWC, true),
        MAP_TO_ITSELF(true, null, false),
        NCW_TO_ITSELF(false, RNNFormat.NCW, false),
        NWC_TO_ITSELF(false, RNNFormat.NWC, false);

        final boolean map;
        final RNNFormat sequences;
        final boolean cross;

        Wiring(boolean map, @Nullable RNNFormat sequences, boolean cross) {
            this.map = map;
            this.sequences = sequences == null ? RNNFormat.NCW : sequences;
            this.cross = cross;
        }
    }

    private SmallNetwork() {}

    static ComputationGraph of(Wiring wiring, DataType type, IUpdater updater, WorkspaceMode workspaces) {
        var graph = new ComputationGraph(configuration(wiring, type, updater, workspaces));
        graph.init();
        LayerWeights.load(graph, "attend", Rule.weights("small/", type), "");
        return graph;
    }

    static ComputationGraphConfiguration configuration(
            Wiring wiring, DataType type, IUpdater updater, WorkspaceMode workspaces) {
        return configuration(wiring, layer(wiring), type, updater, workspaces);
    }

    /** The network around another vertex. */
    static ComputationGraphConfiguration configuration(
            Wiring wiring, GraphVertex attention, DataType type, IUpdater updater, WorkspaceMode workspaces) {
        GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(12)
                .dataType(type)
                .updater(updater)
                .activation(Activation.TANH)
                .trainingWorkspaceMode(workspaces)
                .inferenceWorkspaceMode(workspaces)
                .graphBuilder();
        builder.addLayer("imageIn", wiring.map ? pixels() : tokens(QUERY_DIM, wiring.sequences), "image");
        if (wiring.cross) {
            builder.addInputs("image", "text")
                    .setInputTypes(imageType(wiring), InputType.recurrent(CHANNELS, wiring.sequences))
                    .addLayer("textIn", tokens(CONTEXT_DIM, wiring.sequences), "text")
                    .addVertex("attend", attention, "imageIn", "textIn");
        } else {
            builder.addInputs("image").setInputTypes(imageType(wiring)).addVertex("attend", attention, "imageIn");
        }
        return builder.addLayer("loss", loss(wiring), "attend")
                .setOutputs("loss")
                .build();
    }

    static CrossAttentionLayer layer(Wiring wiring) {
        return CrossAttentionLayer.builder()
                .queryDim(QUERY_DIM)
                .contextDim(wiring.cross ? CONTEXT_DIM : QUERY_DIM)
                .heads(2)
                .headDim(2)
                .imageFormat(wiring.sequences)
                .textFormat(wiring.sequences)
                .build();
    }

    private static InputType imageType(Wiring wiring) {
        return wiring.map ? InputType.convolutional(2, 2, CHANNELS) : InputType.recurrent(CHANNELS, wiring.sequences);
    }

    private static Layer pixels() {
        return new ConvolutionLayer.Builder(1, 1).nOut(QUERY_DIM).build();
    }

    private static Layer tokens(int width, RNNFormat format) {
        return new SimpleRnn.Builder().nOut(width).dataFormat(format).build();
    }

    private static Layer loss(Wiring wiring) {
        return wiring.map
                ? new CnnLossLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build()
                : new RnnOutputLayer.Builder(LossFunction.MSE)
                        .nOut(QUERY_DIM)
                        .dataFormat(wiring.sequences)
                        .activation(Activation.IDENTITY)
                        .build();
    }

    /** Inputs for so many pictures of 2 rows and so many columns, and so many words. */
    static INDArray[] inputs(Wiring wiring, DataType type, int batch, int columns, int words) {
        INDArray image = image(wiring, "image", type, batch, CHANNELS, columns);
        INDArray text = sequence(wiring, "text", type, batch, CHANNELS, words);
        return wiring.cross ? new INDArray[] {image, text} : new INDArray[] {image};
    }

    static INDArray[] labels(Wiring wiring, DataType type, int batch, int columns) {
        return new INDArray[] {image(wiring, "label", type, batch, QUERY_DIM, columns)};
    }

    private static INDArray image(Wiring wiring, String name, DataType type, int batch, int channels, int columns) {
        return wiring.map
                ? Rule.input(name, type, batch, channels, 2, columns)
                : sequence(wiring, name, type, batch, channels, 2 * columns);
    }

    private static INDArray sequence(Wiring wiring, String name, DataType type, int batch, int channels, int length) {
        return wiring.sequences == RNNFormat.NCW
                ? Rule.input(name, type, batch, channels, length)
                : Rule.input(name, type, batch, length, channels);
    }
}
