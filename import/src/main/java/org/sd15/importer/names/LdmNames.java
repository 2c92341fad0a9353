package org.sd15.importer.names;

import java.util.List;
import java.util.Map;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/**
 * Which module of a single-file checkpoint is which module of diffusers. The tables follow from how both number their
 * blocks: diffusers by level, the original by position in one long list.
 *
 * @see <a href="https://github.com/CompVis/latent-diffusion/blob/main/ldm/modules/diffusionmodules/openaimodel.py">latent
 *     diffusion, openaimodel.py</a> and <a
 *     href="https://github.com/CompVis/latent-diffusion/blob/main/ldm/modules/diffusionmodules/model.py">model.py</a>
 */
public final class LdmNames {

    private static final Map<String, String> RESNET = Map.of(
            "norm1", "in_layers.0",
            "conv1", "in_layers.2",
            "time_emb_proj", "emb_layers.1",
            "norm2", "out_layers.0",
            "conv2", "out_layers.3",
            "conv_shortcut", "skip_connection");

    private static final Map<String, String> VAE_RESNET = Map.of(
            "norm1", "norm1", "conv1", "conv1", "norm2", "norm2", "conv2", "conv2", "conv_shortcut", "nin_shortcut");

    private static final Map<String, String> VAE_ATTENTION =
            Map.of("group_norm", "norm", "to_q", "q", "to_k", "k", "to_v", "v", "to_out.0", "proj_out");

    private LdmNames() {}

    /** The modules of a UNet, without {@code model.diffusion_model}. */
    public static ModuleNames unet(UNetConfig config) {
        ModuleNames names = new ModuleNames();
        names.add("time_embedding.linear_1", "time_embed.0");
        names.add("time_embedding.linear_2", "time_embed.2");
        names.add("conv_in", "input_blocks.0.0");
        names.add("conv_norm_out", "out.0");
        names.add("conv_out", "out.2");
        addDownBlocks(config, names);
        addAll(names, "mid_block.resnets.0", "middle_block.0", RESNET);
        names.add("mid_block.attentions.0", "middle_block.1");
        addAll(names, "mid_block.resnets.1", "middle_block.2", RESNET);
        addUpBlocks(config, names);
        return names;
    }

    private static void addDownBlocks(UNetConfig config, ModuleNames names) {
        int position = 1;
        List<DownBlockType> types = config.downBlockTypes();
        for (int level = 0; level < types.size(); level++) {
            String block = "down_blocks." + level;
            for (int i = 0; i < config.layersPerBlock(); i++, position++) {
                addAll(names, block + ".resnets." + i, "input_blocks." + position + ".0", RESNET);
                if (types.get(level) == DownBlockType.CrossAttnDownBlock2D) {
                    names.add(block + ".attentions." + i, "input_blocks." + position + ".1");
                }
            }
            if (level + 1 < types.size()) {
                names.add(block + ".downsamplers.0.conv", "input_blocks." + position++ + ".0.op");
            }
        }
    }

    private static void addUpBlocks(UNetConfig config, ModuleNames names) {
        int position = 0;
        List<UpBlockType> types = config.upBlockTypes();
        for (int level = 0; level < types.size(); level++) {
            String block = "up_blocks." + level;
            boolean attends = types.get(level) == UpBlockType.CrossAttnUpBlock2D;
            for (int i = 0; i <= config.layersPerBlock(); i++, position++) {
                addAll(names, block + ".resnets." + i, "output_blocks." + position + ".0", RESNET);
                if (attends) {
                    names.add(block + ".attentions." + i, "output_blocks." + position + ".1");
                }
            }
            if (level + 1 < types.size()) {
                String last = "output_blocks." + (position - 1) + (attends ? ".2" : ".1");
                names.add(block + ".upsamplers.0.conv", last + ".conv");
            }
        }
    }

    /**
     * The modules of an autoencoder, without {@code first_stage_model}.
     *
     * @param levels how many widths it has
     * @param layersPerBlock residual blocks of a level of the encoder; the decoder has one more
     */
    public static ModuleNames vae(int levels, int layersPerBlock) {
        ModuleNames names = new ModuleNames();
        names.add("quant_conv", "quant_conv");
        names.add("post_quant_conv", "post_quant_conv");
        for (String half : List.of("encoder", "decoder")) {
            boolean down = half.equals("encoder");
            names.add(half + ".conv_in", half + ".conv_in");
            names.add(half + ".conv_norm_out", half + ".norm_out");
            names.add(half + ".conv_out", half + ".conv_out");
            addAll(names, half + ".mid_block.resnets.0", half + ".mid.block_1", VAE_RESNET);
            addAll(names, half + ".mid_block.attentions.0", half + ".mid.attn_1", VAE_ATTENTION);
            addAll(names, half + ".mid_block.resnets.1", half + ".mid.block_2", VAE_RESNET);
            int resnets = layersPerBlock + (down ? 0 : 1);
            for (int level = 0; level < levels; level++) {
                addVaeLevel(names, half, down, level, levels, resnets);
            }
        }
        return names;
    }

    /** The original numbers the decoder's levels from the largest map on, although the smallest is computed first. */
    private static void addVaeLevel(ModuleNames names, String half, boolean down, int level, int levels, int resnets) {
        String block = half + (down ? ".down_blocks." : ".up_blocks.") + level;
        String original = half + (down ? ".down." + level : ".up." + (levels - 1 - level));
        for (int i = 0; i < resnets; i++) {
            addAll(names, block + ".resnets." + i, original + ".block." + i, VAE_RESNET);
        }
        if (level + 1 < levels) {
            String sampler = down ? ".downsamplers.0.conv" : ".upsamplers.0.conv";
            names.add(block + sampler, original + (down ? ".downsample.conv" : ".upsample.conv"));
        }
    }

    private static void addAll(ModuleNames names, String diffusers, String ldm, Map<String, String> parts) {
        parts.forEach((part, original) -> names.add(diffusers + "." + part, ldm + "." + original));
    }
}
