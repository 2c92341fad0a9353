package org.sd15.pipeline.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.ConfigRange;

/**
 * Configuration files of the components, as diffusers and transformers write them. What a key asks for and is not
 * implemented is refused by key and value.
 */
final class ModelConfigs {

    /** The side of the latents that Stable Diffusion 1.x was trained for. */
    static final int USUAL_SAMPLE_SIZE = 64;

    /** Pictures of 8192 pixels, where the autoencoder makes eight of one. */
    private static final ConfigRange SAMPLE_SIZE = new ConfigRange("sample_size", 1, 1024);

    /** What any model of transformers may say, and what only concerns training, texts that are written, or a head. */
    private static final String[] OF_TRANSFORMERS = {
        "architectures",
        "attention_dropout",
        "attn_implementation",
        "bos_token_id",
        "chunk_size_feed_forward",
        "dropout",
        "dtype",
        "eos_token_id",
        "gradient_checkpointing",
        "id2label",
        "initializer_factor",
        "initializer_range",
        "label2id",
        "logit_scale_init_value",
        "output_attentions",
        "output_hidden_states",
        "pad_token_id",
        "problem_type",
        "projection_dim",
        "return_dict",
        "sep_token_id",
        "tie_word_embeddings",
        "tokenizer_class",
        "torch_dtype",
        "torchscript",
        "transformers_version",
        "use_cache"
    };

    private ModelConfigs() {}

    /** {@code text_encoder/config.json}. */
    static ClipTextConfig text(ConfigReader config) {
        ClipTextConfig usual = ClipTextConfig.sd15();
        config.only("model_type", "clip_text_model", "clip");
        config.only("hidden_act", "quick_gelu");
        config.irrelevant(OF_TRANSFORMERS);
        int vocabulary = config.integer("vocab_size", usual.vocabSize());
        int hidden = config.integer("hidden_size", usual.hiddenSize());
        int intermediate = config.integer("intermediate_size", usual.intermediateSize());
        int layers = config.integer("num_hidden_layers", usual.numHiddenLayers());
        int heads = config.integer("num_attention_heads", usual.numAttentionHeads());
        int positions = config.integer("max_position_embeddings", usual.maxPositionEmbeddings());
        double eps = config.number("layer_norm_eps", usual.layerNormEps());
        return finish(
                config, () -> new ClipTextConfig(vocabulary, hidden, intermediate, layers, heads, positions, eps));
    }

    /** {@code vae/config.json}. */
    static VaeConfig vae(ConfigReader config) {
        VaeConfig usual = VaeConfig.sd15();
        List<Integer> widths = config.integers("block_out_channels", usual.blockOutChannels());
        config.only("_class_name", "AutoencoderKL");
        config.only("act_fn", "silu", "swish");
        config.only("mid_block_add_attention", true);
        config.only("use_quant_conv", true);
        config.only("use_post_quant_conv", true);
        requireAll(config, "down_block_types", "DownEncoderBlock2D", widths.size());
        requireAll(config, "up_block_types", "UpDecoderBlock2D", widths.size());
        config.irrelevant("sample_size", "force_upcast");
        if (config.has("shift_factor")) {
            config.only("shift_factor", 0);
        }
        int in = config.integer("in_channels", usual.inChannels());
        int out = config.integer("out_channels", usual.outChannels());
        int latents = config.integer("latent_channels", usual.latentChannels());
        int layers = config.integer("layers_per_block", 1);
        int groups = config.integer("norm_num_groups", usual.normNumGroups());
        double scaling = config.number("scaling_factor", usual.scalingFactor());
        return finish(config, () -> {
            VaeConfig read = new VaeConfig(in, out, latents, widths, layers, groups, scaling);
            read.parameterCount();
            return read;
        });
    }

    /** Ends reading, then makes the value; what it does not accept is the file's fault. */
    private static <T> T finish(ConfigReader config, Supplier<T> make) {
        config.finish();
        return naming(config.file(), make);
    }

    /** Makes a value of what a file says; what it does not accept is the file's fault. */
    static <T> T naming(Path file, Supplier<T> make) {
        try {
            return make.get();
        } catch (ImportException itself) {
            throw itself;
        } catch (IllegalArgumentException refused) { // by something that does not know the file
            throw new ImportException(file, String.valueOf(refused.getMessage()), refused);
        }
    }

    private static void requireAll(ConfigReader config, String key, String type, int levels) {
        List<String> types = config.texts(key, Collections.nCopies(levels, type));
        if (types.size() != levels || !types.stream().allMatch(type::equals)) {
            config.refuse(key, "must be %s for each of the %d levels".formatted(type, levels));
        }
    }

    /** {@code scheduler/scheduler_config.json}: the class and its settings. */
    static Scheduler scheduler(ConfigReader config) {
        return naming(config.file(), () -> SchedulerConfigs.read(config));
    }

    /**
     * The side of the latents that a UNet was trained for, of {@code unet/config.json}. It is a hint, and sides that differ
     * don't say anything.
     */
    static int sampleSize(ConfigReader config) {
        int side =
                config.has("sample_size") ? config.sameEverywhere("sample_size", USUAL_SAMPLE_SIZE) : USUAL_SAMPLE_SIZE;
        return naming(config.file(), () -> (int) SAMPLE_SIZE.require(side));
    }
}
