package org.sd15.pipeline.text;

import org.sd15.unet.ConfigRange;

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

    /** Parameters at most, 16 GB of float32; the largest text encoder of CLIP's kind has 0.7 billion. */
    public static final long MOST_PARAMETERS = 4_000_000_000L;

    private static final ConfigRange VOCABULARY = range("vocab_size", 1, 1_000_000);
    private static final ConfigRange WIDTH = range("hidden_size", 1, 8192);
    private static final ConfigRange INNER_WIDTH = range("intermediate_size", 1, 32_768);
    private static final ConfigRange LAYERS = range("num_hidden_layers", 1, 64);
    private static final ConfigRange HEADS = range("num_attention_heads", 1, 256);
    private static final ConfigRange POSITIONS = range("max_position_embeddings", 2, 4096);
    private static final ConfigRange EPSILON = range("layer_norm_eps", 1e-12, 1);

    /**
     * Checks that the numbers are possible and fit together.
     *
     * @throws IllegalArgumentException if not; the message has the key, its value and what it may be
     */
    public ClipTextConfig {
        VOCABULARY.require(vocabSize);
        WIDTH.require(hiddenSize);
        INNER_WIDTH.require(intermediateSize);
        LAYERS.require(numHiddenLayers);
        HEADS.require(numAttentionHeads);
        POSITIONS.require(maxPositionEmbeddings);
        EPSILON.require(layerNormEps);
        if (hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException(
                    "text encoder config: num_attention_heads is %d, which does not divide hidden_size %d"
                            .formatted(numAttentionHeads, hiddenSize));
        }
        long count = parameters(vocabSize, hiddenSize, intermediateSize, numHiddenLayers, maxPositionEmbeddings);
        if (count > MOST_PARAMETERS) {
            throw new IllegalArgumentException(
                    "text encoder config: %,d parameters, %,d at most are possible".formatted(count, MOST_PARAMETERS));
        }
    }

    private static ConfigRange range(String key, double least, double most) {
        return new ConfigRange("text encoder config: " + key, least, most);
    }

    /** The number of parameters; counting them builds nothing. */
    public long parameterCount() {
        return parameters(vocabSize, hiddenSize, intermediateSize, numHiddenLayers, maxPositionEmbeddings);
    }

    private static long parameters(long vocabulary, long width, long inner, long layers, long positions) {
        long attention = 4 * (width * width + width);
        long feedForward = 2 * width * inner + inner + width;
        long norms = 2 * 2 * width;
        return (vocabulary + positions) * width + layers * (attention + feedForward + norms) + 2 * width;
    }

    /** CLIP ViT-L/14, the text encoder of Stable Diffusion 1.x: 123,060,480 parameters. */
    public static ClipTextConfig sd15() {
        return new ClipTextConfig(49408, 768, 3072, 12, 12, 77, 1e-5);
    }
}
