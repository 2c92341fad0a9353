package org.sd15.examples.cuda;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.GradientFunction;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.examples.EmbeddedModel;
import org.sd15.pipeline.Blend;
import org.sd15.pipeline.EditRequest;
import org.sd15.pipeline.Editing;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.text.ClipTextGradient;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;
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
        attention(execution);
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

    /** The attention alone, as the layer builds it, without masks and dropout. */
    private static void attention(Execution execution) {
        SameDiff graph = Graphs.create();
        Parameters weights = Parameters.from(Rule.weights("", DataType.FLOAT), name -> true);
        Scope scope = Scope.of(graph, DataType.FLOAT, weights, execution);
        SDVariable image = graph.placeHolder("image", DataType.FLOAT, 2, 6, 8);
        SDVariable text = graph.placeHolder("text", DataType.FLOAT, 2, 5, 4);
        Tokens out = new CrossAttention(8, 4, 2, 4, false).apply(scope, Tokens.of(image, 6, 8), Tokens.of(text, 5, 4));
        out.rows().mul(out.rows()).mean().rename("loss");
        List<String> inputs = List.of("image", "text", "to_k.weight", "to_out.0.bias");
        try (GradientFunction function = GradientFunction.of(graph, "loss", inputs, execution)) {
            function.evaluate(
                    Map.of(
                            "image", Rule.input("image", DataType.FLOAT, 2, 6, 8),
                            "text", Rule.input("text", DataType.FLOAT, 2, 5, 4)),
                    inputs,
                    List.of("loss"));
        }
    }
}
