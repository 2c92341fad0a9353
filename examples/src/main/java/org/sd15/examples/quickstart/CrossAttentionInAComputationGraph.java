package org.sd15.examples.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.cli.report.TrainingCurve;

/**
 * The layer in a DL4J network that learns to look things up. Every pixel of a small map carries a code; the text says in
 * any order which colour belongs to which code; the network has to paint the pixels. What a word means for a pixel depends
 * on both, so a convolution alone can't do it.
 */
public final class CrossAttentionInAComputationGraph {

    private static final int STEPS = 150;
    private static final int WINDOW = 10;
    private static final int BATCH = 32;
    private static final int SIDE = 4;
    private static final int WIDTH = 16;
    private static final double EPSILON = 1e-5;
    private static final double LARGEST_ERROR = 1e-6;
    private static final double ZERO = 1e-10;

    private CrossAttentionInAComputationGraph() {}

    /**
     * Trains, then checks the gradients of all parameters against difference quotients.
     *
     * @param arguments a folder for the curve (default: out/cross-attention)
     */
    public static void main(String[] arguments) throws IOException {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/cross-attention"));
        List<Double> losses = train(new ComputationGraph(network(WIDTH, DataType.FLOAT, new Adam(0.01))));
        List<Integer> steps = IntStream.rangeClosed(1, losses.size()).boxed().toList();
        TrainingCurve.write(out.resolve("loss.png"), steps, losses, movingMeans(losses));
        System.out.println("see " + out.resolve("loss.png"));
        checkGradients();
    }

    /** An image of codes and a text of codes and colours; the layer is one line of it. */
    private static ComputationGraphConfiguration network(int width, DataType type, IUpdater updater) {
        var attention = CrossAttentionLayer.builder()
                .queryDim(width)
                .contextDim(LookUp.TEXT_WIDTH)
                .heads(2)
                .textFormat(RNNFormat.NWC)
                .build();
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(type)
                .updater(updater)
                .activation(Activation.IDENTITY)
                .graphBuilder()
                .addInputs("image", "text")
                .setInputTypes(
                        InputType.convolutional(SIDE, SIDE, LookUp.CODES),
                        InputType.recurrent(LookUp.TEXT_WIDTH, RNNFormat.NWC))
                .addLayer("pixels", pointwise(width), "image") // [batch, width, SIDE, SIDE]
                .addVertex("attend", attention, "pixels", "text") // the same
                .addLayer("paint", pointwise(LookUp.COLOURS), "attend") // [batch, COLOURS, SIDE, SIDE]
                .addLayer("loss", new CnnLossLayer.Builder(LossFunction.MSE).build(), "paint")
                .setOutputs("loss")
                .build();
    }

    private static ConvolutionLayer pointwise(int width) {
        return new ConvolutionLayer.Builder(1, 1).nOut(width).build();
    }

    private static List<Double> train(ComputationGraph graph) {
        graph.init();
        System.out.println(graph.summary());
        LookUp data = new LookUp(SIDE, DataType.FLOAT, 7);
        List<Double> losses = new ArrayList<>();
        for (int step = 1; step <= STEPS; step++) {
            graph.fit(data.next(BATCH));
            losses.add(graph.score() / (SIDE * SIDE)); // DL4J adds up the pixels of a picture
            if (step == 1 || step % 25 == 0) {
                System.out.printf("step %3d: loss %.4f%n", step, losses.get(step - 1));
            }
        }
        return losses;
    }

    /** The mean of each value and the few before it. */
    private static List<Double> movingMeans(List<Double> values) {
        return IntStream.range(0, values.size())
                .mapToObj(i -> values.subList(Math.max(0, i - WINDOW + 1), i + 1).stream()
                        .mapToDouble(value -> value)
                        .average()
                        .orElseThrow())
                .toList();
    }

    /** Central differences over every parameter of a narrower network in double precision, by DL4J's own checker. */
    private static void checkGradients() {
        DataType before = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        try {
            var graph = new ComputationGraph(network(4, DataType.DOUBLE, new NoOp()));
            graph.init();
            MultiDataSet data = new LookUp(SIDE, DataType.DOUBLE, 7).next(2);
            boolean correct = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                    .net(graph)
                    .inputs(data.getFeatures())
                    .labels(data.getLabels())
                    .epsilon(EPSILON)
                    .maxRelError(LARGEST_ERROR)
                    .minAbsoluteError(ZERO));
            System.out.printf(
                    "gradient check of %d parameters against difference quotients: %s%n",
                    graph.params().length(), correct ? "all within " + LARGEST_ERROR : "FAILED");
            if (!correct) {
                throw new IllegalStateException("a gradient is wrong");
            }
        } finally {
            Nd4j.setDefaultDataTypes(before, before);
        }
    }
}
