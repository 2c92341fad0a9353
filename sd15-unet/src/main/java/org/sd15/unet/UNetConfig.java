package org.sd15.unet;

import java.util.Collections;
import java.util.List;
import org.sd15.attention.control.AttentionSite;

/**
 * What a UNet of the Stable Diffusion 1.x family looks like. The components carry the names of diffusers'
 * {@code unet/config.json}, with one exception: diffusers' {@code attention_head_dim} means the <em>number of heads</em>
 * in these models (8 in Stable Diffusion 1.5), so it is called {@code heads} here.
 *
 * @param inChannels channels of the latents: 4, 8 (InstructPix2Pix) or 9 (inpainting)
 * @param outChannels channels of the prediction, 4
 * @param blockOutChannels widths of the levels, from the largest map to the smallest
 * @param downBlockTypes one per level, in the same order
 * @param upBlockTypes one per level, in the order of execution, from the smallest map to the largest
 * @param layersPerBlock residual blocks of a down block; an up block has one more
 * @param heads attention heads of the transformers of each level, in the order of {@code blockOutChannels}; the middle
 *     block has those of the last
 * @param crossAttentionDim width of the text states
 * @param normNumGroups groups of every group norm
 * @param normEps epsilon of the group norms in residual blocks and before the last convolution
 * @param useLinearProjection whether a transformer's projections are linear instead of 1x1 convolutions
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/unets/unet_2d_condition.py">
 *     diffusers, unet_2d_condition.py</a>
 */
public record UNetConfig(
        int inChannels,
        int outChannels,
        List<Integer> blockOutChannels,
        List<DownBlockType> downBlockTypes,
        List<UpBlockType> upBlockTypes,
        int layersPerBlock,
        List<Integer> heads,
        int crossAttentionDim,
        int normNumGroups,
        double normEps,
        boolean useLinearProjection) {

    /** The down blocks of the family, spelt as in diffusers. */
    public enum DownBlockType {
        /** A transformer after each residual block. */
        CrossAttnDownBlock2D,
        /** Residual blocks only. */
        DownBlock2D
    }

    /** The up blocks of the family, spelt as in diffusers. */
    public enum UpBlockType {
        /** A transformer after each residual block. */
        CrossAttnUpBlock2D,
        /** Residual blocks only. */
        UpBlock2D
    }

    /** Levels at most: the last map has a 128th of the first one's side. */
    public static final int MOST_LEVELS = 8;

    /** Parameters at most, 16 GB of float32; Stable Diffusion XL's UNet has 2.6 billion. */
    public static final long MOST_PARAMETERS = 4_000_000_000L;

    private static final ConfigRange LEVELS = range("levels of block_out_channels", 1, MOST_LEVELS);
    private static final ConfigRange CHANNELS_IN = range("in_channels", 1, 256);
    private static final ConfigRange CHANNELS_OUT = range("out_channels", 1, 256);
    private static final ConfigRange WIDTH = range("block_out_channels", 1, 8192);
    private static final ConfigRange LAYERS = range("layers_per_block", 1, 16);
    private static final ConfigRange HEADS = range("attention_head_dim (the number of heads)", 1, 256);
    private static final ConfigRange TEXT_WIDTH = range("cross_attention_dim", 1, 8192);
    private static final ConfigRange GROUPS = range("norm_num_groups", 1, 8192);
    private static final ConfigRange EPSILON = range("norm_eps", 1e-12, 1);

    /**
     * Checks that the numbers are possible and fit together.
     *
     * @throws IllegalArgumentException if not; the message has the key, its value and what it may be
     */
    public UNetConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        heads = List.copyOf(heads);
        int levels = blockOutChannels.size();
        check(levels > 0, "block_out_channels is empty");
        LEVELS.require(levels);
        check(
                downBlockTypes.size() == levels && upBlockTypes.size() == levels,
                "block_out_channels has %d levels, down_block_types %d, up_block_types %d: they must be equal",
                levels,
                downBlockTypes.size(),
                upBlockTypes.size());
        CHANNELS_IN.require(inChannels);
        CHANNELS_OUT.require(outChannels);
        LAYERS.require(layersPerBlock);
        check(heads.size() == levels, "attention_head_dim has %d values for %d levels", heads.size(), levels);
        heads.forEach(HEADS::require);
        TEXT_WIDTH.require(crossAttentionDim);
        GROUPS.require(normNumGroups);
        EPSILON.require(normEps);
        for (int level = 0; level < levels; level++) {
            int channels = blockOutChannels.get(level);
            WIDTH.require(channels);
            check(
                    channels % normNumGroups == 0,
                    "block_out_channels has %d, which %d groups (norm_num_groups) do not divide",
                    channels,
                    normNumGroups);
            check(
                    channels % heads.get(level) == 0,
                    "block_out_channels has %d, which %d heads do not divide",
                    channels,
                    heads.get(level));
        }
    }

    /** With the same number of heads on every level. */
    public UNetConfig(
            int inChannels,
            int outChannels,
            List<Integer> blockOutChannels,
            List<DownBlockType> downBlockTypes,
            List<UpBlockType> upBlockTypes,
            int layersPerBlock,
            int heads,
            int crossAttentionDim,
            int normNumGroups,
            double normEps,
            boolean useLinearProjection) {
        this(
                inChannels,
                outChannels,
                blockOutChannels,
                downBlockTypes,
                upBlockTypes,
                layersPerBlock,
                Collections.nCopies(blockOutChannels.size(), heads),
                crossAttentionDim,
                normNumGroups,
                normEps,
                useLinearProjection);
    }

    private static ConfigRange range(String key, double least, double most) {
        return new ConfigRange("UNet config: " + key, least, most);
    }

    /** Stable Diffusion 1.4 and 1.5: 859,520,964 parameters. */
    public static UNetConfig sd15() {
        return new UNetConfig(
                4,
                4,
                List.of(320, 640, 1280, 1280),
                List.of(
                        DownBlockType.CrossAttnDownBlock2D,
                        DownBlockType.CrossAttnDownBlock2D,
                        DownBlockType.CrossAttnDownBlock2D,
                        DownBlockType.DownBlock2D),
                List.of(
                        UpBlockType.UpBlock2D,
                        UpBlockType.CrossAttnUpBlock2D,
                        UpBlockType.CrossAttnUpBlock2D,
                        UpBlockType.CrossAttnUpBlock2D),
                2,
                8,
                768,
                32,
                1e-5,
                false);
    }

    /** Width of the time embedding: four times the first level's. */
    public int timeEmbedDim() {
        return 4 * blockOutChannels.get(0);
    }

    /**
     * The number of parameters; counting them builds nothing.
     *
     * @throws IllegalArgumentException if they are more than {@link #MOST_PARAMETERS}
     */
    public long parameterCount() {
        long count = UNetSize.of(this);
        check(count <= MOST_PARAMETERS, "%,d parameters, %,d at most are possible", count, MOST_PARAMETERS);
        return count;
    }

    /**
     * All attentions of such a UNet in the order of execution, self before cross.
     *
     * @param height rows of the latents
     * @param width columns of the latents
     * @param tokens length of the text
     */
    public List<AttentionSite> sites(int height, int width, int tokens) {
        return UNetPlan.of(this).sites(height, width, tokens);
    }

    private static void check(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException("UNet config: " + message.formatted(arguments));
        }
    }
}
