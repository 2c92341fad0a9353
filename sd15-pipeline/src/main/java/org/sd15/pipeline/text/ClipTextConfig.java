package org.sd15.pipeline.text;

/**
 * What a CLIP text encoder looks like; the components carry the names of {@code text_encoder/config.json}.
 *
 * @param vocabSize entries of the vocabulary
 * @param hiddenSize width of a token
 * @param intermediateSize width inside a feed-forward
 * @param numHiddenLayers transformer layers
 * @param numAttentionHeads heads of every layer
 * @param maxPositionEmbeddings longest text in tokens
 * @param layerNormEps epsilon of every layer norm
 */
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        double layerNormEps) {

    /** Checks that the numbers fit together. */
    public ClipTextConfig {
        if (vocabSize <= 0 || hiddenSize <= 0 || numHiddenLayers <= 0 || maxPositionEmbeddings <= 0) {
            throw new IllegalArgumentException("text encoder config: all sizes must be positive");
        }
        if (numAttentionHeads <= 0 || hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException(
                    "text encoder config: num_attention_heads is %d, which does not divide hidden_size %d"
                            .formatted(numAttentionHeads, hiddenSize));
        }
    }

    /** CLIP ViT-L/14, the text encoder of Stable Diffusion 1.x: 123,060,480 parameters. */
    public static ClipTextConfig sd15() {
        return new ClipTextConfig(49408, 768, 3072, 12, 12, 77, 1e-5);
    }
}
