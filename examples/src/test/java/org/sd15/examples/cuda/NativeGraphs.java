package org.sd15.examples.cuda;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.dl4j.AttentionMask;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.session.GradientFunction;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.text.ClipTextGradient;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.testing.Rule;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.Target;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** The graphs of text encoder, UNet, autoencoder and attention, controlled, trained and low-rank ones too, evaluated once. */
final class NativeGraphs {

    private static final String BEFORE = "a large blue star on a white background";
    private static final String AFTER = "a large red star on a white background";

    private NativeGraphs() {}

    static void evaluate(Execution execution) throws Exception {
        layer(execution);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder(), execution)) {
            edits(model);
            trainings(model);
            lowRank(model.unet(), execution);
        }
    }

    private static void edits(StableDiffusion model) {
        Editing editing = model.edit(EditRequest.of(BEFORE, AFTER)
                .edit(edit -> edit.crossSteps(0.8).selfSteps(0.4).blend(Blend.of("blue", "red")))
                .sampling(base -> base.steps(2).seed(42))
                .withHeatMaps());
        editing.run().forEachRemaining(step -> {});
        INDArray pictures = model.decode(editing.run().latents());
        model.vae().encode(pictures);
    }

    private static void trainings(StableDiffusion model) {
        UNet unet = model.unet();
        UNetInput input = input(unet);
        INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 8, 8);
        for (Checkpointing checkpointing : Checkpointing.values()) {
            unet.gradient(input, Target.of(target), name -> true, checkpointing);
        }
        try (var text = new ClipTextGradient(model.textEncoder(), name -> true)) {
            int[][] ids = {model.tokenizer().encode(AFTER).padded()};
            INDArray states = model.textEncoder().encode(ids);
            text.of(ids, Rule.input("cotangent", DataType.FLOAT, states.shape()));
        }
        try (var vae = new VaeGradient(model.vae(), VaeLoss.USUAL)) {
            INDArray noise = model.vae().encode(picture()).mean();
            vae.of(picture(), noise);
        }
    }

    private static INDArray picture() {
        return Rule.picture("picture", DataType.FLOAT, 1, 3, 64, 64);
    }

    private static UNetInput input(UNet unet) {
        return UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                500,
                Rule.input("context", DataType.FLOAT, 1, 7, unet.config().crossAttentionDim()));
    }

    private static void lowRank(UNet plain, Execution execution) {
        Map<String, INDArray> weights = plain.weights();
        try (UNet unet = new UNet(
                plain.config(),
                spec -> weights.containsKey(spec.name())
                        ? weights.get(spec.name()).dup()
                        : Rule.tensor(spec.name(), DataType.FLOAT, spec.shape()),
                DataType.FLOAT,
                Adapters.on(path -> true, new LowRank(2, 2)),
                execution)) {
            INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 8, 8);
            unet.gradient(input(unet), Target.of(target), name -> name.contains("lora_"), Checkpointing.NONE);
        }
    }

    /** The attention as the layer puts it into a graph, with all that masks; the noise of dropout is one more product. */
    private static void layer(Execution execution) {
        boolean[][] all = new boolean[6][5];
        Arrays.stream(all).forEach(row -> Arrays.fill(row, true));
        CrossAttentionLayer layer = CrossAttentionLayer.builder()
                .queryDim(8)
                .contextDim(4)
                .heads(2)
                .causal(true)
                .mask(AttentionMask.of(all))
                .projectionBias(true)
                .build();
        SameDiff graph = Graphs.create();
        Map<String, SDVariable> inputs = Map.of(
                "image", graph.placeHolder("image", DataType.FLOAT, -1, 8, 6),
                "text", graph.placeHolder("text", DataType.FLOAT, -1, 4, 5));
        Map<String, SDVariable> parameters = new LinkedHashMap<>();
        layer.getVertexParams()
                .getParamShapes()
                .forEach((name, shape) ->
                        parameters.put(name, graph.var(name, Rule.tensor(name, DataType.FLOAT, shape))));
        SDVariable present = graph.placeHolder("present", DataType.FLOAT, -1, 5);
        SDVariable out = layer.defineVertex(graph, inputs, parameters, Map.of("text", present));
        out.mul(out).mean().rename("loss");
        List<String> names = List.copyOf(parameters.keySet());
        try (GradientFunction function = GradientFunction.of(graph, "loss", names, execution)) {
            function.evaluate(
                    Map.of(
                            "image", Rule.input("image", DataType.FLOAT, 2, 8, 6),
                            "text", Rule.input("text", DataType.FLOAT, 2, 4, 5),
                            "present", Nd4j.ones(DataType.FLOAT, 2, 5)),
                    names,
                    List.of("loss"));
        }
    }
}
