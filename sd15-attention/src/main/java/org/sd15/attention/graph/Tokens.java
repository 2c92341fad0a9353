package org.sd15.attention.graph;

import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A sequence of tokens in a graph, one row each.
 *
 * @param rows {@code [batch * tokens, channels]}; two dimensions, because ND4J multiplies nothing else by a matrix
 * @param tokens length of the sequence
 * @param channels width of a token
 */
public record Tokens(SDVariable rows, int tokens, int channels) {

    /** Tokens from an array {@code [batch, tokens, channels]}. */
    public static Tokens of(SDVariable array, int tokens, int channels) {
        return new Tokens(array.reshape(-1, channels), tokens, channels);
    }

    /** The array {@code [batch, tokens, channels]}. */
    public SDVariable array() {
        return rows.reshape(-1, tokens, channels);
    }

    /** The tokens as a feature map: {@code [batch, height, width, channels]}. */
    public FeatureMap image(int height, int width) {
        if (height * width != tokens) {
            throw new IllegalArgumentException("%d tokens are not a map of %d x %d".formatted(tokens, height, width));
        }
        return new FeatureMap(rows.reshape(-1, height, width, channels), height, width, channels);
    }

    /** The sum of two sequences of one shape: a residual connection. */
    public Tokens plus(Tokens other) {
        return with(rows.add(other.rows), channels);
    }

    /** Other rows, of another width perhaps. */
    public Tokens with(SDVariable newRows, int newChannels) {
        return new Tokens(newRows, tokens, newChannels);
    }

    /** The same shape after an element-wise function. */
    public Tokens map(UnaryOperator<SDVariable> function) {
        return with(function.apply(rows), channels);
    }
}
