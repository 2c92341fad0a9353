package org.sd15.attention.graph;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A feature map in a graph.
 *
 * @param value {@code [batch, height, width, channels]}
 * @param height rows of the map
 * @param width columns of the map
 * @param channels channels of a pixel
 */
public record FeatureMap(SDVariable value, int height, int width, int channels) {

    /** A map from diffusers' public layout, {@code [batch, channels, height, width]}. */
    public static FeatureMap ofNchw(SDVariable value, int channels, int height, int width) {
        return new FeatureMap(value.permute(0, 2, 3, 1), height, width, channels);
    }

    /** The map in diffusers' public layout, {@code [batch, channels, height, width]}. */
    public SDVariable nchw() {
        return value.permute(0, 3, 1, 2);
    }

    /** The pixels as tokens, row by row: {@code [batch * height * width, channels]}. */
    public Tokens tokens() {
        return new Tokens(value.reshape(-1, channels), height * width, channels);
    }

    /** The sum of two maps of one shape: a residual connection. */
    public FeatureMap plus(FeatureMap other) {
        return with(value.add(other.value));
    }

    /** Another value of the same shape. */
    public FeatureMap with(SDVariable other) {
        return new FeatureMap(other, height, width, channels);
    }
}
