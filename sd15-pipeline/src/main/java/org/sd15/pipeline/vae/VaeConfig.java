package org.sd15.pipeline.vae;

import java.util.List;
import org.sd15.unet.ConfigRange;

/**
 * What an AutoencoderKL looks like; the components carry the names of {@code vae/config.json}.
 *
 * @param inChannels channels of a picture, 3
 * @param outChannels channels of a decoded picture, 3
 * @param latentChannels channels of the latents, 4
 * @param blockOutChannels widths of the levels, from the largest map to the smallest
 * @param layersPerBlock residual blocks of an encoder block; a decoder block has one more
 * @param normNumGroups groups of every norm
 * @param scalingFactor what latents are multiplied by after encoding, so that they have about unit variance
 */
public record VaeConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        double scalingFactor) {

    /** Parameters at most, 4 GB of float32; Stable Diffusion's have 84 million. */
    public static final long MOST_PARAMETERS = 1_000_000_000L;

    private static final ConfigRange LEVELS = range("levels of block_out_channels", 1, 8);
    private static final ConfigRange CHANNELS_IN = range("in_channels", 1, 256);
    private static final ConfigRange CHANNELS_OUT = range("out_channels", 1, 256);
    private static final ConfigRange LATENT_CHANNELS = range("latent_channels", 1, 256);
    private static final ConfigRange WIDTH = range("block_out_channels", 1, 8192);
    private static final ConfigRange LAYERS = range("layers_per_block", 1, 16);
    private static final ConfigRange GROUPS = range("norm_num_groups", 1, 8192);
    private static final ConfigRange SCALING = range("scaling_factor", 1e-6, 1e6);

    /**
     * Checks that the numbers are possible and fit together.
     *
     * @throws IllegalArgumentException if not; the message has the key, its value and what it may be
     */
    public VaeConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        LEVELS.require(blockOutChannels.size());
        CHANNELS_IN.require(inChannels);
        CHANNELS_OUT.require(outChannels);
        LATENT_CHANNELS.require(latentChannels);
        LAYERS.require(layersPerBlock);
        GROUPS.require(normNumGroups);
        SCALING.require(scalingFactor);
        for (int channels : blockOutChannels) {
            WIDTH.require(channels);
            if (channels % normNumGroups != 0) {
                throw new IllegalArgumentException(
                        "VAE config: block_out_channels has %d, which %d groups (norm_num_groups) do not divide"
                                .formatted(channels, normNumGroups));
            }
        }
    }

    private static ConfigRange range(String key, double least, double most) {
        return new ConfigRange("VAE config: " + key, least, most);
    }

    /**
     * The number of parameters; counting them builds nothing.
     *
     * @throws IllegalArgumentException if they are more than {@link #MOST_PARAMETERS}
     */
    public long parameterCount() {
        long count = VaeSize.of(this);
        if (count > MOST_PARAMETERS) {
            throw new IllegalArgumentException(
                    "VAE config: %,d parameters, %,d at most are possible".formatted(count, MOST_PARAMETERS));
        }
        return count;
    }

    /** The autoencoder of Stable Diffusion 1.x: 83,653,863 parameters. */
    public static VaeConfig sd15() {
        return new VaeConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, 0.18215);
    }

    /** How many times larger a side of the picture is than one of the latents: 8 in Stable Diffusion 1.x. */
    public int factor() {
        return 1 << (blockOutChannels.size() - 1);
    }
}
