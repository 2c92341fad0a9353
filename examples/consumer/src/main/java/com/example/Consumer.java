package com.example;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;
import org.sd15.unet.UNetInput;

/** The layer in a network of DL4J, a small UNet, and training it: what a program gets from two dependencies. */
public final class Consumer {

    private static final int TEXT_WIDTH = 16;

    private Consumer() {}

    /** Runs all three and prints what computed and what was learnt. */
    public static void main(String[] arguments) {
        Nd4j.getRandom().setSeed(1);
        System.out.println("execution: " + FusedExecution.orNative().name());
        FusedExecution.problem().ifPresent(why -> System.out.println("not fused: " + why));
        layer();
        unet();
    }

    private static void layer() {
        var attention = CrossAttentionLayer.builder()
                .queryDim(16)
                .contextDim(TEXT_WIDTH)
                .heads(2)
                .textFormat(RNNFormat.NWC)
                .build();
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.01))
                .activation(Activation.IDENTITY)
                .graphBuilder()
                .addInputs("image", "text")
                .setInputTypes(InputType.convolutional(8, 8, 3), InputType.recurrent(TEXT_WIDTH, RNNFormat.NWC))
                .addLayer("features", new ConvolutionLayer.Builder(1, 1).nOut(16).build(), "image")
                .addVertex("attend", attention, "features", "text") // [batch, 16, 8, 8]
                .addLayer("loss", new CnnLossLayer.Builder(LossFunction.MSE).build(), "attend")
                .setOutputs("loss")
                .build());
        graph.init();
        var data = new MultiDataSet(
                new INDArray[] {Nd4j.randn(DataType.FLOAT, 2, 3, 8, 8), Nd4j.randn(DataType.FLOAT, 2, 5, TEXT_WIDTH)},
                new INDArray[] {Nd4j.randn(DataType.FLOAT, 2, 16, 8, 8)});
        double before = graph.score(data);
        for (int step = 0; step < 10; step++) {
            graph.fit(data);
        }
        System.out.println("layer: " + (graph.score(data) < before ? "learns" : "does not learn"));
    }

    private static void unet() {
        Weights weights = UNetTraining.ownCopies(random(), name -> true);
        try (UNet unet = new UNet(config(), weights)) {
            INDArray latents = Nd4j.randn(DataType.FLOAT, 2, 4, 16, 16);
            INDArray text = Nd4j.randn(DataType.FLOAT, 2, 7, TEXT_WIDTH);
            INDArray noise = unet.predict(UNetInput.of(latents, 981, text));
            System.out.println("unet: " + List.of(noise.size(0), noise.size(1), noise.size(2), noise.size(3)));

            INDArray drawn = Nd4j.randn(DataType.FLOAT, 2, 4, 16, 16);
            var batch = TrainingBatch.of(latents, drawn, new int[] {300, 700}, new TrainingBatch.Texts.States(text));
            var objective = new Objective(
                    NoiseSchedule.of(SchedulerConfig.sd15()), PredictionType.EPSILON, LossWeighting.EVEN);
            var trainer = new Trainer(
                    new UNetTraining(unet, name -> true),
                    new TheSameBatch(batch),
                    objective,
                    TrainingSettings.of(LearningRate.constant(1e-3, 10)));
            double first = trainer.next().loss();
            double last = first;
            while (trainer.hasNext()) {
                last = trainer.next().loss();
            }
            System.out.println("training: " + (last < first ? "learns" : "does not learn"));
        }
    }

    /** Random numbers for all parameters; {@code CheckpointWeights} takes them from a model's files. */
    private static Weights random() {
        return spec -> {
            long[] shape = spec.shape();
            if (shape.length == 1) {
                return spec.name().endsWith("bias")
                        ? Nd4j.zeros(DataType.FLOAT, shape)
                        : Nd4j.ones(DataType.FLOAT, shape);
            }
            double inputs = (double) spec.length() / shape[0];
            return Nd4j.randn(DataType.FLOAT, shape).muli(1 / Math.sqrt(inputs));
        };
    }

    private static UNetConfig config() {
        return new UNetConfig(
                4,
                4,
                List.of(32, 64),
                List.of(DownBlockType.CrossAttnDownBlock2D, DownBlockType.DownBlock2D),
                List.of(UpBlockType.UpBlock2D, UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                TEXT_WIDTH,
                8,
                1e-5,
                false);
    }
}
