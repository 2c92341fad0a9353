package org.sd15.examples.quickstart;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.examples.quickstart.Stories.Answers;
import org.sd15.examples.quickstart.Stories.Story;

/**
 * Attention over user-defined sequences, in DL4J's terms: a text says who is where, a question asks for one of them. The
 * question's words attend to the text's. It is trained with masks, clipping, weight decay and dropout, compared with the same
 * network without attention, saved, loaded, and transferred to another question. The page {@code docs/dl4j.md} goes
 * through it.
 */
public final class AnswersFromAStory {

    private static final int WIDTH = 24;
    private static final int BATCH = 48;
    private static final int STEPS = 160;
    private static final int FEW = 48;

    private AnswersFromAStory() {}

    /**
     * Trains, compares, saves, loads and transfers.
     *
     * @param arguments a folder for the network (default: out/story)
     */
    public static void main(String[] arguments) throws IOException {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/story"));
        List<Story> unseen = Stories.draw(500, 99);
        ComputationGraph attention = initialised(answering(attending(), Answers.PLACE));
        System.out.println(attention.summary());
        train(attention, STEPS, Answers.PLACE);
        ComputationGraph pooling = initialised(answering(pooling(), Answers.PLACE));
        train(pooling, STEPS, Answers.PLACE);
        System.out.printf(
                Locale.ROOT, "with attention: %.1f%% of new stories%n", accuracy(attention, unseen, Answers.PLACE));
        System.out.printf(
                Locale.ROOT, "with pooling: %.1f%% of new stories%n", accuracy(pooling, unseen, Answers.PLACE));
        answer(attention, unseen.subList(0, 3));
        ComputationGraph loaded =
                savedAndLoaded(attention, out.resolve("story.zip").toFile(), unseen);
        transfer(loaded, unseen);
    }

    /** Numbers of words become vectors; a window of three words sees a fact as a whole. */
    private static GraphBuilder reading() {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.01))
                .weightDecay(1e-4)
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(1)
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("question", "story")
                .setInputTypes(InputType.recurrent(Stories.words()), InputType.recurrent(Stories.words()))
                .addLayer("asked", embedding(), "question") // [batch, WIDTH, 3]
                .addLayer("words", embedding(), "story") // [batch, WIDTH, longest]
                .addLayer(
                        "facts",
                        new Convolution1DLayer.Builder(3)
                                .nOut(WIDTH)
                                .convolutionMode(ConvolutionMode.Same)
                                .build(),
                        "words");
    }

    private static EmbeddingSequenceLayer embedding() {
        return new EmbeddingSequenceLayer.Builder()
                .nOut(WIDTH)
                .inferInputLength(true)
                .activation(Activation.IDENTITY)
                .build();
    }

    /** Each word of the question looks for the facts that it needs. */
    private static GraphBuilder attending() {
        var attend = CrossAttentionLayer.builder()
                .queryDim(WIDTH)
                .heads(2)
                .attentionDropOut(0.95) // as in DL4J: the share that is kept
                .build();
        return reading()
                .addVertex("attend", attend, "asked", "facts") // [batch, WIDTH, 3]
                .addLayer("found", mean(), "attend");
    }

    /** For comparison: question and story are averaged, then a dense layer has both. */
    private static GraphBuilder pooling() {
        return reading()
                .addLayer("mean question", mean(), "asked")
                .addLayer("mean fact", mean(), "facts")
                .addVertex("both", new MergeVertex(), "mean question", "mean fact")
                .addLayer("found", new DenseLayer.Builder().nOut(2 * WIDTH).build(), "both");
    }

    private static GlobalPoolingLayer mean() {
        return new GlobalPoolingLayer.Builder(PoolingType.AVG).build();
    }

    private static GraphBuilder answering(GraphBuilder network, Answers answers) {
        return network.addLayer("answer", answer(answers).build(), "found").setOutputs("answer");
    }

    private static OutputLayer.Builder answer(Answers answers) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .nOut(answers.names().size());
    }

    private static ComputationGraph initialised(GraphBuilder network) {
        var graph = new ComputationGraph(network.build());
        graph.init();
        return graph;
    }

    private static void train(ComputationGraph graph, int steps, Answers answers) {
        for (int step = 1; step <= steps; step++) {
            if (step == steps * 2 / 3) {
                graph.setLearningRate(0.003);
            }
            graph.fit(Stories.batch(Stories.draw(BATCH, step), answers));
            if (step == 1 || step % 40 == 0) {
                System.out.printf(Locale.ROOT, "step %3d: loss %.4f%n", step, graph.score());
            }
        }
    }

    /** The network's answers {@code [stories]}, as numbers. */
    private static INDArray answers(ComputationGraph graph, MultiDataSet data) {
        return graph.output(false, data.getFeatures(), data.getFeaturesMaskArrays())[0].argMax(1);
    }

    private static double accuracy(ComputationGraph graph, List<Story> stories, Answers answers) {
        MultiDataSet data = Stories.batch(stories, answers);
        INDArray right = answers(graph, data).eq(data.getLabels(0).argMax(1));
        return 100 * right.castTo(data.getLabels(0).dataType()).meanNumber().doubleValue();
    }

    private static void answer(ComputationGraph graph, List<Story> stories) {
        INDArray answers = answers(graph, Stories.batch(stories, Answers.PLACE));
        for (int i = 0; i < stories.size(); i++) {
            Story story = stories.get(i);
            String answer = Answers.PLACE.names().get(answers.getInt(i));
            System.out.printf("%s. %s? %s%n", story.text(), story.question(), answer);
        }
    }

    private static ComputationGraph savedAndLoaded(ComputationGraph graph, File file, List<Story> stories)
            throws IOException {
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file, true);
        MultiDataSet data = Stories.batch(stories, Answers.PLACE);
        System.out.printf(
                "loaded, it answers the same: %s%n", answers(loaded, data).equals(answers(graph, data)));
        return loaded;
    }

    /** What it has learnt is frozen up to the attention; only another answer is learnt, of few stories. */
    private static void transfer(ComputationGraph trained, List<Story> unseen) {
        ComputationGraph transferred = new TransferLearning.GraphBuilder(trained)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Adam(0.05))
                        .build())
                .setFeatureExtractor("attend")
                .removeVertexKeepConnections("answer")
                .addLayer("answer", answer(Answers.INSIDE).nIn(WIDTH).build(), "found")
                .build();
        ComputationGraph anew = initialised(answering(attending(), Answers.INSIDE));
        MultiDataSet few = Stories.batch(Stories.draw(FEW, 7), Answers.INSIDE);
        for (int step = 0; step < 40; step++) {
            transferred.fit(few);
            anew.fit(few);
        }
        System.out.printf(
                Locale.ROOT,
                "inside or outside, of %d stories, transferred: %.1f%%%n",
                FEW,
                accuracy(transferred, unseen, Answers.INSIDE));
        System.out.printf(
                Locale.ROOT,
                "inside or outside, of %d stories, from nothing: %.1f%%%n",
                FEW,
                accuracy(anew, unseen, Answers.INSIDE));
    }
}
