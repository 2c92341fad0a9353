package org.sd15.examples.quickstart;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.LocalFileGraphSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.InvalidScoreIterationTerminationCondition;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.termination.ScoreImprovementEpochTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingGraphTrainer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;

/**
 * Two attention layers in a DL4J network, trained by DL4J's own means: {@code EarlyStoppingGraphTrainer} calls {@code
 * fit} epoch after epoch until tasks that were held back stop getting better, and keeps the best network with {@code
 * ModelSerializer}. What it has kept goes on with the same bits as what it was kept from: weights, Adam's moments and
 * all.
 */
public final class TrainWithEarlyStopping {

    private static final int SIDE = 4;
    private static final int WIDTH = 16;
    private static final int BATCH = 32;
    private static final int BATCHES = 10;
    private static final int MOST_EPOCHS = 15;
    private static final int PATIENCE = 3;

    private TrainWithEarlyStopping() {}

    /**
     * Trains, stops, saves, loads and goes on.
     *
     * @param arguments a folder for the networks (default: out/early-stopping)
     */
    public static void main(String[] arguments) throws IOException {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/early-stopping"));
        ComputationGraph graph = new ComputationGraph(network());
        graph.init();
        var stopping = new EarlyStoppingConfiguration.Builder<ComputationGraph>()
                .epochTerminationConditions(
                        new MaxEpochsTerminationCondition(MOST_EPOCHS),
                        new ScoreImprovementEpochTerminationCondition(PATIENCE))
                .iterationTerminationConditions(new InvalidScoreIterationTerminationCondition())
                .scoreCalculator(new DataSetLossCalculator(new LookUpEpoch(tasks(11), 2, BATCH), true))
                .modelSaver(new LocalFileGraphSaver(out.toString()))
                .build();
        EarlyStoppingResult<ComputationGraph> result =
                new EarlyStoppingGraphTrainer(stopping, graph, new LookUpEpoch(tasks(7), BATCHES, BATCH), null).fit();
        result.getScoreVsEpoch()
                .forEach((epoch, score) ->
                        System.out.printf(Locale.ROOT, "epoch %2d: loss on other tasks %.4f%n", epoch, score));
        System.out.printf(
                "%s after %d epochs; the best was %d%n",
                result.getTerminationReason(), result.getTotalEpochs(), result.getBestModelEpoch());
        goOn(result.getBestModel(), out.resolve("saved.zip").toFile());
    }

    private static LookUp tasks(long seed) {
        return new LookUp(SIDE, DataType.FLOAT, seed);
    }

    /** Each pixel reads the text twice; the second time it knows what the first has found. */
    private static ComputationGraphConfiguration network() {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.01))
                .activation(Activation.IDENTITY)
                .graphBuilder()
                .addInputs("image", "text")
                .setInputTypes(
                        InputType.convolutional(SIDE, SIDE, LookUp.CODES),
                        InputType.recurrent(LookUp.TEXT_WIDTH, RNNFormat.NWC))
                .addLayer(
                        "pixels", new ConvolutionLayer.Builder(1, 1).nOut(WIDTH).build(), "image")
                .addVertex("attend1", attention(), "pixels", "text")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "pixels", "attend1")
                .addVertex("attend2", attention(), "sum", "text")
                .addLayer(
                        "paint",
                        new ConvolutionLayer.Builder(1, 1).nOut(LookUp.COLOURS).build(),
                        "attend2")
                .addLayer("loss", new CnnLossLayer.Builder(LossFunction.MSE).build(), "paint")
                .setOutputs("loss")
                .build();
    }

    private static CrossAttentionLayer attention() {
        return CrossAttentionLayer.builder()
                .queryDim(WIDTH)
                .contextDim(LookUp.TEXT_WIDTH)
                .heads(2)
                .textFormat(RNNFormat.NWC)
                .build();
    }

    /** Saves a network, loads it, and lets both do the same next step. */
    private static void goOn(ComputationGraph graph, File file) throws IOException {
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file, true);
        MultiDataSet next = tasks(23).next(BATCH);
        graph.fit(next);
        loaded.fit(next);
        boolean same = graph.params().equalsWithEps(loaded.params(), 0);
        System.out.println("the loaded network takes the same step: " + same);
        if (!same) {
            throw new IllegalStateException("a saved network goes on differently");
        }
    }
}
