package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The arithmetic of the blocks. Everything that a model of this project computes is said in these words, so this is all
 * that another formulation has to provide. All of them have gradients.
 */
public interface Formulation {

    /**
     * {@code y = x W^T + b}.
     *
     * @param weight {@code [out, in]}
     * @param bias {@code [out]}
     */
    Tokens linear(Tokens x, SDVariable weight, @Nullable SDVariable bias, int out);

    /**
     * A two-dimensional convolution.
     *
     * @param kernel {@code [size, size, in, out]}
     * @param bias {@code [out]}
     */
    FeatureMap conv2d(FeatureMap x, SDVariable kernel, SDVariable bias, int out, Conv2d.Geometry geometry);

    /**
     * Group normalisation over height, width and the channels of a group, then SiLU if asked for.
     *
     * @param weight {@code [channels]}
     * @param bias {@code [channels]}
     */
    FeatureMap groupNorm(FeatureMap x, SDVariable weight, SDVariable bias, int groups, double eps, boolean silu);

    /**
     * Layer normalisation over the channels of a token.
     *
     * @param weight {@code [channels]}
     * @param bias {@code [channels]}
     */
    Tokens layerNorm(Tokens x, SDVariable weight, SDVariable bias, double eps);

    /** {@code x * sigmoid(x)}. */
    SDVariable silu(SDVariable x);

    /** {@code x * sigmoid(1.702 x)}, the GELU of CLIP. */
    Tokens quickGelu(Tokens x);

    /** {@code a * gelu(b)} for the two halves a, b of the channels, with the exact, error-function GELU. */
    Tokens geGlu(Tokens x);

    /**
     * Softmax attention of every head: {@code softmax(Q K^T / sqrt(d)) V}, heads merged again.
     *
     * @param scope names what is computed
     * @param query queries, {@code heads * d} wide
     * @param key keys, as wide
     * @param value values, as wide
     * @param ports where the attention is controlled and read
     */
    Tokens attention(Scope scope, Tokens query, Tokens key, Tokens value, int heads, AttentionPorts ports);

    /** Twofold nearest-neighbour up-sampling, cut to the given size. */
    FeatureMap upsampleNearest(FeatureMap x, int height, int width);

    /** The channels of a, then those of b. */
    FeatureMap concat(FeatureMap a, FeatureMap b);

    /** The sum of two sequences of one shape: a residual connection. */
    Tokens plus(Tokens a, Tokens b);

    /** The sum of two maps of one shape: a residual connection. */
    FeatureMap plus(FeatureMap a, FeatureMap b);

    /** Adds one vector a picture to every pixel: {@code vector} is {@code [batch, channels]}. */
    FeatureMap addPerPicture(FeatureMap x, Tokens vector);
}
