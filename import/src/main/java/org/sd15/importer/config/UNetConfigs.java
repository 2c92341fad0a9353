package org.sd15.importer.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sd15.importer.io.ImportException;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/**
 * The configuration of diffusers' {@code UNet2DConditionModel}. Every argument of its constructor is either read, or
 * declared to have the one value that these models use, or known to change nothing. Arguments that are null or false
 * unless they switch something on are not mentioned: they are refused as soon as they have a value.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/unets/unet_2d_condition.py">
 *     diffusers, unet_2d_condition.py</a>
 */
public final class UNetConfigs {

    /** The constructor's defaults, which hold where a key is absent. They are not Stable Diffusion's: see the width. */
    private static final int DEFAULT_CROSS_ATTENTION_DIM = 1280;

    /** What diffusers' {@code EMAModel} writes of itself into the configuration of the weights that it has averaged. */
    private static final String[] AVERAGE = {
        "decay", "inv_gamma", "min_decay", "optimization_step", "power", "update_after_step", "use_ema_warmup"
    };

    private UNetConfigs() {}

    /**
     * Reads {@code unet/config.json}.
     *
     * @throws ImportException if it describes a model that is not implemented; the message has every key at fault
     */
    public static UNetConfig read(Path file) throws IOException {
        return read(ConfigReader.read(file));
    }

    /**
     * Reads such a configuration from anywhere.
     *
     * @throws ImportException if it describes a model that is not implemented; the message has every key at fault
     */
    public static UNetConfig read(ConfigReader config) {
        UNetConfig defaults = UNetConfig.sd15();
        int inChannels = config.integer("in_channels", defaults.inChannels());
        int outChannels = config.integer("out_channels", defaults.outChannels());
        List<Integer> widths = config.integers("block_out_channels", defaults.blockOutChannels());
        List<DownBlockType> down = config.constants("down_block_types", DownBlockType.class, defaults.downBlockTypes());
        List<UpBlockType> up = config.constants("up_block_types", UpBlockType.class, defaults.upBlockTypes());
        int layers = config.sameEverywhere("layers_per_block", defaults.layersPerBlock());
        // The key is misnamed in diffusers, see the note in its constructor: it is the number of heads.
        List<Integer> heads = config.eachLevel(
                "attention_head_dim", widths.size(), defaults.heads().get(0));
        int context = config.sameEverywhere("cross_attention_dim", DEFAULT_CROSS_ATTENTION_DIM);
        int groups = config.integer("norm_num_groups", defaults.normNumGroups());
        double epsilon = config.number("norm_eps", defaults.normEps());
        boolean linear = config.flag("use_linear_projection", false);
        declareBlocks(config);
        declareEmbeddings(config, widths);
        config.finish();
        try {
            UNetConfig read = new UNetConfig(
                    inChannels, outChannels, widths, down, up, layers, heads, context, groups, epsilon, linear);
            read.parameterCount();
            return read;
        } catch (IllegalArgumentException inconsistent) {
            throw new ImportException(config.file(), String.valueOf(inconsistent.getMessage()), inconsistent);
        }
    }

    private static void declareBlocks(ConfigReader config) {
        config.only("_class_name", "UNet2DConditionModel");
        config.only("act_fn", "silu", "swish");
        config.only("mid_block_type", "UNetMidBlock2DCrossAttn");
        config.only("downsample_padding", 1);
        config.only("mid_block_scale_factor", 1);
        config.only("resnet_out_scale_factor", 1);
        config.only("resnet_time_scale_shift", "default");
        config.only("attention_type", "default");
        config.only("conv_in_kernel", 3);
        config.only("conv_out_kernel", 3);
        if (config.sameEverywhere("transformer_layers_per_block", 1) != 1) {
            config.refuse("transformer_layers_per_block", "must be 1");
        }
        // One guards half precision against overflow, one is of trainings; the last is a hint, pictures may have any
        // size.
        config.irrelevant("upcast_attention", "dropout", "sample_size");
        config.irrelevant(AVERAGE);
    }

    private static void declareEmbeddings(ConfigReader config, List<Integer> widths) {
        config.only("flip_sin_to_cos", true);
        config.only("freq_shift", 0);
        config.only("time_embedding_type", "positional");
        if (config.has("time_embedding_dim") && !widths.isEmpty()) {
            config.only("time_embedding_dim", 4 * widths.get(0));
        }
        // Part of a feature that addition_embed_type would switch on.
        config.irrelevant("addition_embed_type_num_heads");
    }
}
