package org.sd15.importer.ldm;

import java.util.List;

/**
 * What the tensors of an autoencoder say about it. The names are those of diffusers' {@code vae/config.json}.
 *
 * @param inChannels channels of the picture
 * @param outChannels channels of the decoded picture
 * @param latentChannels channels of the latents
 * @param blockOutChannels widths of the levels, from the largest map to the smallest
 * @param layersPerBlock residual blocks of a level of the encoder; the decoder has one more
 */
public record VaeFacts(
        int inChannels, int outChannels, int latentChannels, List<Integer> blockOutChannels, int layersPerBlock) {

    /** Copies the list. */
    public VaeFacts {
        blockOutChannels = List.copyOf(blockOutChannels);
    }
}
