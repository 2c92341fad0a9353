package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNetConfig;

/** Configuration files that diffusers and transformers need for a model which came without, as single files do. */
final class DiffusersConfigs {

    private DiffusersConfigs() {}

    static ObjectNode unet(UNetConfig config, int sampleSize) {
        ObjectNode json = object("_class_name", "UNet2DConditionModel");
        json.put("act_fn", "silu");
        json.set("attention_head_dim", heads(config.heads()));
        config.blockOutChannels().forEach(json.putArray("block_out_channels")::add);
        json.put("cross_attention_dim", config.crossAttentionDim());
        config.downBlockTypes()
                .forEach(type -> json.withArray("down_block_types").add(type.name()));
        json.put("downsample_padding", 1);
        json.put("flip_sin_to_cos", true);
        json.put("freq_shift", 0);
        json.put("in_channels", config.inChannels());
        json.put("layers_per_block", config.layersPerBlock());
        json.put("mid_block_scale_factor", 1);
        json.put("norm_eps", config.normEps());
        json.put("norm_num_groups", config.normNumGroups());
        json.put("out_channels", config.outChannels());
        json.put("sample_size", sampleSize);
        config.upBlockTypes().forEach(type -> json.withArray("up_block_types").add(type.name()));
        json.put("use_linear_projection", config.useLinearProjection());
        return json;
    }

    /** One number where it is that of all levels, as diffusers' own files have it. */
    private static JsonNode heads(List<Integer> heads) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        ArrayNode each = nodes.arrayNode();
        heads.forEach(each::add);
        return heads.stream().distinct().count() == 1 ? nodes.numberNode(heads.get(0)) : each;
    }

    static ObjectNode vae(VaeConfig config, int latentSize) {
        ObjectNode json = object("_class_name", "AutoencoderKL");
        int levels = config.blockOutChannels().size();
        json.put("act_fn", "silu");
        config.blockOutChannels().forEach(json.putArray("block_out_channels")::add);
        repeat("DownEncoderBlock2D", levels).forEach(json.putArray("down_block_types")::add);
        json.put("in_channels", config.inChannels());
        json.put("latent_channels", config.latentChannels());
        json.put("layers_per_block", config.layersPerBlock());
        json.put("norm_num_groups", config.normNumGroups());
        json.put("out_channels", config.outChannels());
        json.put("sample_size", latentSize * config.factor());
        json.put("scaling_factor", config.scalingFactor());
        repeat("UpDecoderBlock2D", levels).forEach(json.putArray("up_block_types")::add);
        return json;
    }

    private static List<String> repeat(String type, int levels) {
        return Collections.nCopies(levels, type);
    }

    static ObjectNode text(ClipTextConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("architectures").add("CLIPTextModel");
        json.put("bos_token_id", 0);
        json.put("eos_token_id", 2); // what OpenAI's configuration says: transformers knows that it is not meant
        json.put("hidden_act", "quick_gelu");
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("layer_norm_eps", config.layerNormEps());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        json.put("model_type", "clip_text_model");
        json.put("num_attention_heads", config.numAttentionHeads());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("pad_token_id", 1);
        json.put("projection_dim", config.hiddenSize());
        json.put("vocab_size", config.vocabSize());
        return json;
    }

    /** Stable Diffusion 1.x's. */
    static ObjectNode scheduler() {
        ObjectNode json = object("_class_name", "PNDMScheduler");
        json.put("beta_end", 0.012);
        json.put("beta_schedule", "scaled_linear");
        json.put("beta_start", 0.00085);
        json.put("clip_sample", false);
        json.put("num_train_timesteps", 1000);
        json.put("set_alpha_to_one", false);
        json.put("skip_prk_steps", true);
        json.put("steps_offset", 1);
        json.putNull("trained_betas");
        return json;
    }

    /** The index of a whole model. */
    static ObjectNode index(UNetConfig unet, String schedulerClass) {
        ObjectNode json = object(
                "_class_name",
                switch (unet.inChannels()) {
                    case 8 -> "StableDiffusionInstructPix2PixPipeline";
                    case 9 -> "StableDiffusionInpaintPipeline";
                    default -> "StableDiffusionPipeline";
                });
        json.putArray("feature_extractor").addNull().addNull();
        json.put("requires_safety_checker", false);
        json.putArray("safety_checker").addNull().addNull();
        json.putArray("scheduler").add("diffusers").add(schedulerClass);
        json.putArray("text_encoder").add("transformers").add("CLIPTextModel");
        json.putArray("tokenizer").add("transformers").add("CLIPTokenizer");
        json.putArray("unet").add("diffusers").add("UNet2DConditionModel");
        json.putArray("vae").add("diffusers").add("AutoencoderKL");
        return json;
    }

    private static ObjectNode object(String key, String value) {
        return JsonNodeFactory.instance.objectNode().put(key, value);
    }
}
