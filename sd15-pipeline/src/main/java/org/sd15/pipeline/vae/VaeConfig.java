package org.sd15.pipeline.vae;

import java.util.List;

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

    /** Checks that the numbers fit together. */
    public VaeConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        if (blockOutChannels.isEmpty() || layersPerBlock <= 0 || latentChannels <= 0) {
            throw new IllegalArgumentException("VAE config: block_out_channels, layers_per_block and latent_channels"
                    + " must not be empty or zero");
        }
        for (int channels : blockOutChannels) {
            if (normNumGroups <= 0 || channels % normNumGroups != 0) {
                throw new IllegalArgumentException(
                        "VAE config: block_out_channels has %d, which %d groups (norm_num_groups) do not divide"
                                .formatted(channels, normNumGroups));
            }
        }
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
