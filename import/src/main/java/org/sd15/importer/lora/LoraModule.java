package org.sd15.importer.lora;

import java.util.List;
import org.sd15.importer.ModelPart;

/**
 * A linear layer, convolution or norm that a LoRA changes.
 *
 * @param model which of the models it belongs to
 * @param path its path in diffusers or transformers, without {@code .weight}; in the text encoder it begins with
 *     {@code text_model.}
 */
public record LoraModule(ModelPart model, String path) {

    /** The models that a LoRA can change. */
    public static final List<ModelPart> MODELS = List.of(ModelPart.UNET, ModelPart.TEXT_ENCODER);

    /** Makes sure that it is a model that a LoRA can change. */
    public LoraModule {
        if (!MODELS.contains(model)) {
            throw new IllegalArgumentException("a LoRA changes the UNet and the text encoder, not the autoencoder");
        }
    }

    /** A module of the UNet, such as {@code mid_block.attentions.0.transformer_blocks.0.attn1.to_q}. */
    public static LoraModule unet(String path) {
        return new LoraModule(ModelPart.UNET, path);
    }

    /** A module of the text encoder, such as {@code text_model.encoder.layers.0.self_attn.q_proj}. */
    public static LoraModule textEncoder(String path) {
        return new LoraModule(ModelPart.TEXT_ENCODER, path);
    }

    /** The name of its weight. */
    public String weight() {
        return path + ".weight";
    }

    /** The name of the bias of the same layer, which not every one has. */
    public String bias() {
        return path + ".bias";
    }

    @Override
    public String toString() {
        return model + "." + path;
    }
}
