package com.example;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.sd15.pipeline.StableDiffusion;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;
import org.sd15.unet.UNetInput;

/**
 * The layer in a network of DL4J, a small UNet, trainings, and runs with an editing method and a scheduler that are written
 * here: what a program gets from two dependencies.
 */
public final class Consumer {

    private static final int TEXT_WIDTH = 16;

    private Consumer() {}

    /** Runs all of it and prints what computed and what was learnt. */
    public static void main(String[] arguments) throws Exception {
        Nd4j.getRandom().setSeed(1);
        System.out.println("execution: " + FusedExecution.orNative().name());
        FusedExecution.problem().ifPresent(why -> System.out.println("not fused: " + why));
        layer();
        unet();
        Path model = training();
        userDefined(model);
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
        try (UNet unet = new UNet(config(), random())) {
            INDArray latents = Nd4j.randn(DataType.FLOAT, 2, 4, 16, 16);
            INDArray text = Nd4j.randn(DataType.FLOAT, 2, 7, TEXT_WIDTH);
            INDArray noise = unet.predict(UNetInput.of(latents, 981, text));
            System.out.println("unet: " + List.of(noise.size(0), noise.size(1), noise.size(2), noise.size(3)));
        }
    }

    private static Path training() throws IOException, URISyntaxException {
        Path tiny = Path.of(Consumer.class.getResource("/tiny").toURI());
        FromNothingToALora trainings = new FromNothingToALora(tiny, Files.createTempDirectory("consumer"));
        List<Double> losses = trainings.run();
        boolean learns = losses.get(losses.size() - 1) < losses.get(0);
        System.out.println("training: " + (learns ? "learns" : "does not learn"));
        System.out.println("lora: " + (Files.size(trainings.lora()) > 0 ? "written" : "empty"));
        return trainings.model();
    }

    private static void userDefined(Path trained) throws IOException {
        try (StableDiffusion model = StableDiffusion.load(trained)) {
            UserDefined own = new UserDefined(model);
            own.method();
            System.out.println("method: acts as it should");
            own.scheduler();
            System.out.println("scheduler: steps as it should");
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
