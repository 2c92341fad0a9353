package org.sd15.attention.dl4j;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.testing.Rule;

/**
 * The smallest network in which an idiom of DL4J can be tried on the layer and on one of DL4J's own: a convolution, {@code
 * convolve}, then the attention, {@code attend}.
 */
final class BesideAConvolution {

    static final DataType TYPE = DataType.DOUBLE;
    static final int CHANNELS = 2;
    static final int WIDTH = 3;
    static final int CONTEXT_DIM = 4;
    static final int WORDS = 3;
    static final int BATCH = 2;

    private BesideAConvolution() {}

    static NeuralNetConfiguration.Builder global(IUpdater updater) {
        return new NeuralNetConfiguration.Builder().seed(12).dataType(TYPE).updater(updater);
    }

    static ConvolutionLayer.Builder convolution() {
        return new ConvolutionLayer.Builder(1, 1).nOut(WIDTH).activation(Activation.IDENTITY);
    }

    static CrossAttentionLayerBuilder attention() {
        return CrossAttentionLayer.builder()
                .queryDim(WIDTH)
                .contextDim(CONTEXT_DIM)
                .heads(2)
                .headDim(2);
    }

    static ComputationGraph network(NeuralNetConfiguration.Builder global) {
        return network(global, convolution(), attention());
    }

    static ComputationGraph network(
            NeuralNetConfiguration.Builder global,
            ConvolutionLayer.Builder convolution,
            CrossAttentionLayerBuilder attention) {
        return initialised(configuration(global, convolution, attention, false));
    }

    /** With a batch normalisation between the two. */
    static ComputationGraph normalised(NeuralNetConfiguration.Builder global) {
        return initialised(configuration(global, convolution(), attention(), true));
    }

    static ComputationGraph initialised(ComputationGraphConfiguration configuration) {
        var graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }

    static ComputationGraphConfiguration configuration(
            NeuralNetConfiguration.Builder global,
            ConvolutionLayer.Builder convolution,
            CrossAttentionLayerBuilder attention,
            boolean normalised) {
        GraphBuilder builder = global.graphBuilder()
                .addInputs("image", "text")
                .setInputTypes(InputType.convolutional(2, 2, CHANNELS), InputType.recurrent(CONTEXT_DIM, WORDS))
                .addLayer("convolve", convolution.build(), "image");
        if (normalised) {
            builder.addLayer("normalise", new BatchNormalization(), "convolve");
        }
        return builder.addVertex("attend", attention.build(), normalised ? "normalise" : "convolve", "text")
                .addLayer(
                        "loss",
                        new CnnLossLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "attend")
                .setOutputs("loss")
                .build();
    }

    static MultiDataSet data() {
        return new MultiDataSet(inputs(), new INDArray[] {Rule.input("label", TYPE, BATCH, WIDTH, 2, 2)});
    }

    static INDArray[] inputs() {
        return new INDArray[] {
            Rule.input("image", TYPE, BATCH, CHANNELS, 2, 2), Rule.input("text", TYPE, BATCH, CONTEXT_DIM, WORDS)
        };
    }

    /** How far one {@code fit} moves each parameter, downhill. */
    static Map<String, INDArray> step(ComputationGraph graph) {
        return step(graph, data());
    }

    static Map<String, INDArray> step(ComputationGraph graph, MultiDataSet data) {
        Map<String, INDArray> before = copies(graph);
        graph.fit(data);
        Map<String, INDArray> steps = new LinkedHashMap<>();
        before.forEach(
                (key, value) -> steps.put(key, value.sub(graph.paramTable().get(key))));
        return steps;
    }

    static Map<String, INDArray> copies(ComputationGraph graph) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        graph.paramTable().forEach((key, value) -> copies.put(key, value.dup()));
        return copies;
    }
}
