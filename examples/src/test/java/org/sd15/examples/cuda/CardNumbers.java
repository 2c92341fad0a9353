package org.sd15.examples.cuda;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.schedule.DdpmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;

/** A layer, a UNet, two steps of training and a picture, computed natively by whatever backend there is. */
final class CardNumbers {

    /** Parameters that are looked at: of a convolution, of an attention, of a norm. */
    private static final List<String> PARAMETERS = List.of(
            "down_blocks.0.resnets.0.conv1.weight",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
            "conv_norm_out.weight");

    private CardNumbers() {}

    static Map<String, INDArray> compute() throws Exception {
        Map<String, INDArray> numbers = new LinkedHashMap<>();
        layer(numbers);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder(), Execution.NATIVE)) {
            unet(model.unet(), numbers);
            var run = model.generate(GenerationRequest.of("a large red star on a white background")
                    .steps(4)
                    .latents(Rule.input("noise", DataType.FLOAT, 1, 4, 16, 16))
                    .build());
            run.forEachRemaining(step -> {});
            numbers.put("picture", model.decode(run.latents()));
            training(model.unet(), numbers);
        }
        return numbers;
    }

    private static void layer(Map<String, INDArray> numbers) {
        var attention = CrossAttentionLayer.builder()
                .queryDim(16)
                .contextDim(12)
                .heads(2)
                .textFormat(RNNFormat.NWC)
                .build();
        var network = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .updater(new NoOp())
                .graphBuilder()
                .addInputs("image", "text")
                .setInputTypes(InputType.convolutional(6, 5, 4), InputType.recurrent(12, RNNFormat.NWC))
                .addLayer(
                        "features", new ConvolutionLayer.Builder(1, 1).nOut(16).build(), "image")
                .addVertex("attend", attention, "features", "text")
                .addLayer("loss", new CnnLossLayer.Builder(LossFunction.MSE).build(), "attend")
                .setOutputs("loss")
                .build());
        network.init();
        network.setParams(
                Rule.input("parameters", DataType.FLOAT, network.params().shape())
                        .muli(0.3));
        network.setInputs(
                Rule.input("image", DataType.FLOAT, 2, 4, 6, 5), Rule.input("text", DataType.FLOAT, 2, 7, 12));
        network.setLabels(Rule.input("label", DataType.FLOAT, 2, 16, 6, 5));
        network.computeGradientAndScore();
        numbers.put("layer.gradient", network.gradient().gradient().dup('c'));
        numbers.put("layer.output", network.outputSingle(network.getInputs()).dup('c'));
    }

    private static void unet(UNet unet, Map<String, INDArray> numbers) {
        UNetInput input = UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 16, 16),
                500,
                Rule.input("context", DataType.FLOAT, 1, 9, unet.config().crossAttentionDim()));
        numbers.put("unet.output", unet.predict(input));
        INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 16, 16);
        UNetGradients gradients = unet.gradient(input, target, PARAMETERS::contains);
        numbers.put("unet.gradient.sample", gradients.sample());
        numbers.put("unet.gradient.context", gradients.context());
        PARAMETERS.forEach(name -> numbers.put("unet.gradient." + name, gradients.parameter(name)));
    }

    /** What two steps of AdamW change, on a copy of the weights. */
    private static void training(UNet model, Map<String, INDArray> numbers) {
        Predicate<String> trained = PARAMETERS::contains;
        Weights weights = UNetTraining.ownCopies(
                spec -> Objects.requireNonNull(model.weights().get(spec.name())), trained);
        try (UNet unet = new UNet(model.config(), weights, DataType.FLOAT, Execution.NATIVE)) {
            var schedule = new DdpmScheduler(SchedulerConfig.builder().build()).noiseSchedule();
            var objective = new Objective(schedule, PredictionType.EPSILON, LossWeighting.EVEN);
            var settings = TrainingSettings.of(LearningRate.constant(1e-3, 2));
            var batches = new Batches(unet.config().crossAttentionDim());
            new Trainer(new UNetTraining(unet, trained), batches, objective, settings).forEachRemaining(step -> {});
            PARAMETERS.forEach(name -> numbers.put(
                    "training.change." + name,
                    unet.weights().get(name).sub(model.weights().get(name))));
        }
    }

    /** Two pictures a step, the same ones each time. */
    private record Batches(int width) implements BatchSource {

        @Override
        public TrainingBatch next() {
            return TrainingBatch.of(
                    Rule.input("latents", DataType.FLOAT, 2, 4, 16, 16),
                    Rule.input("noise", DataType.FLOAT, 2, 4, 16, 16),
                    new int[] {800, 100},
                    new Texts.States(Rule.input("texts", DataType.FLOAT, 2, 9, width)));
        }

        @Override
        public void save(TrainingState into) {}

        @Override
        public void restore(TrainingState from) {}
    }

    /** Writes the numbers of this machine to a file. */
    public static void main(String[] arguments) throws Exception {
        SafetensorsWriter writer = SafetensorsWriter.create();
        compute().forEach((name, array) -> writer.add(name, array.dup('c'), DType.F32));
        writer.write(Path.of(arguments[0]));
    }
}
