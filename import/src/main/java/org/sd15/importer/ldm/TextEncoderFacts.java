package org.sd15.importer.ldm;

/**
 * What the tensors of a CLIP text encoder say about it. The names are those of transformers'
 * {@code text_encoder/config.json}. The number of heads can't be seen; in Stable Diffusion 1.x it is 12.
 *
 * @param vocabSize entries of the vocabulary
 * @param hiddenSize width of the states
 * @param intermediateSize width inside the feed-forward blocks
 * @param numHiddenLayers transformer blocks
 * @param maxPositionEmbeddings longest text in tokens
 */
public record TextEncoderFacts(
        int vocabSize, int hiddenSize, int intermediateSize, int numHiddenLayers, int maxPositionEmbeddings) {}
