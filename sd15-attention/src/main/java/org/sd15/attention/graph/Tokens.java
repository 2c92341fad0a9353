package org.sd15.attention.graph;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A sequence of tokens in a graph, one row each.
 *
 * @param rows {@code [batch * tokens, channels]}; two dimensions, because ND4J multiplies nothing else by a matrix
 * @param tokens length of the sequence, or {@link #ANY_LENGTH}
 * @param channels width of a token
 * @param source of a sequence of any length: the array {@code [batch, tokens, ...]} that says at run time how long it is
 */
public record Tokens(
        SDVariable rows, int tokens, int channels, @Nullable SDVariable source) {

    /** The length of sequences that may change it from call to call, as the batch does. */
    public static final int ANY_LENGTH = -1;

    /** Checks that sequences of any length say where it is read. */
    public Tokens {
        if (tokens == ANY_LENGTH && source == null) {
            throw new IllegalArgumentException("a sequence of any length needs the array that it is the length of");
        }
    }

    /** Tokens of a fixed length. */
    public Tokens(SDVariable rows, int tokens, int channels) {
        this(rows, tokens, channels, null);
    }

    /** Tokens of a fixed length from an array {@code [batch, tokens, channels]}. */
    public static Tokens of(SDVariable array, int tokens, int channels) {
        return new Tokens(array.reshape(-1, channels), tokens, channels);
    }

    /**
     * Tokens from an array {@code [batch, tokens, channels]}: of the length that a placeholder was declared with, else of
     * any length.
     */
    public static Tokens of(SDVariable array, int channels) {
        long[] declared = array.isPlaceHolder() ? array.getShape() : new long[0];
        return declared.length == 3 && declared[1] > 0
                ? of(array, Math.toIntExact(declared[1]), channels)
                : new Tokens(array.reshape(-1, channels), ANY_LENGTH, channels, array);
    }

    /** Whether the length may change from call to call. */
    public boolean isOfAnyLength() {
        return tokens == ANY_LENGTH;
    }

    /** The array {@code [batch, tokens, channels]}. */
    public SDVariable array() {
        return apart(channels);
    }

    /** The array {@code [batch, tokens, heads, channels / heads]}. */
    SDVariable heads(int heads) {
        return apart(heads, channels / heads);
    }

    private SDVariable apart(int... channelDimensions) {
        int dimensions = channelDimensions.length;
        long[] shape = new long[2 + dimensions];
        shape[0] = -1;
        shape[1] = tokens;
        for (int i = 0; i < dimensions; i++) {
            shape[2 + i] = channelDimensions[i];
        }
        if (source == null) {
            return rows.reshape(shape);
        }
        SameDiff graph = rows.getSameDiff();
        SDVariable batchAndLength = graph.shape(source).get(SDIndex.interval(0, 2));
        SDVariable rest = graph.constant(Nd4j.createFromArray(Arrays.copyOfRange(shape, 2, shape.length)));
        return graph.reshape(rows, graph.concat(0, batchAndLength, rest));
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
        return new Tokens(newRows, tokens, newChannels, source);
    }

    /** The same shape after an element-wise function. */
    public Tokens map(UnaryOperator<SDVariable> function) {
        return with(function.apply(rows), channels);
    }
}
