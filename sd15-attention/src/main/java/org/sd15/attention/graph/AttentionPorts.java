package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Where one attention can be controlled and read. Control is data: each port is a variable, usually a placeholder, and
 * its identity value gives the very same result as no port.
 *
 * @param tap name under which the probabilities can be asked for: {@code <tap>/probs} after an edit and
 *     {@code <tap>/probs_raw} before it, both {@code [batch, heads, queries, keys]}; none where null
 * @param routing which row of the batch supplies queries, keys and values
 * @param tokenMap an edit of the probabilities
 * @param bias added to the scores before the softmax
 * @param whole whether the map must be computed at once, though it is large
 * @param factor what the probabilities are multiplied by, after the edit
 */
public record AttentionPorts(
        @Nullable String tap,
        @Nullable Routing routing,
        @Nullable TokenMap tokenMap,
        @Nullable LogitBias bias,
        boolean whole,
        @Nullable Factor factor) {

    /** An attention that nobody controls or reads. */
    public static final AttentionPorts NONE = new AttentionPorts(null, null, null, null, false);

    /** Ports without a factor. */
    public AttentionPorts(
            @Nullable String tap,
            @Nullable Routing routing,
            @Nullable TokenMap tokenMap,
            @Nullable LogitBias bias,
            boolean whole) {
        this(tap, routing, tokenMap, bias, whole, null);
    }

    /**
     * A map of probabilities larger than this a picture is never held whole by accident. At 64x64 pixels, a
     * self-attention map of Stable Diffusion 1.5 has 512 MiB.
     */
    static final long LARGEST_MAP_BYTES = 64L << 20;

    /**
     * Whether the map of this attention is a variable that can be read. Of sequences of any length it always is: how
     * large it will be is not known.
     */
    public boolean mapIsWhole(int heads, int queries, int keys, DataType type) {
        boolean anyLength = queries == Tokens.ANY_LENGTH || keys == Tokens.ANY_LENGTH;
        return whole
                || anyLength
                || tokenMap != null
                || (long) heads * queries * keys * type.width() <= LARGEST_MAP_BYTES;
    }

    /** Only a bias on the scores. */
    public static AttentionPorts biased(LogitBias bias) {
        return new AttentionPorts(null, null, null, bias, false);
    }

    /** The same ports, and a factor on the probabilities. */
    public AttentionPorts times(Factor other) {
        return new AttentionPorts(tap, routing, tokenMap, bias, whole, other);
    }

    /**
     * What probabilities are multiplied by: the noise of dropout, zeros for what must not be seen. Rows need not sum to one
     * afterwards.
     *
     * @param values {@code [batch or 1, heads or 1, queries or 1, keys]}
     * @param perQuery whether it differs from query to query
     */
    public record Factor(SDVariable values, boolean perQuery) {}

    /**
     * Rows of the batch exchange their queries, keys or values: {@code Q' = R Q} over the rows. Each matrix is
     * {@code [batch, batch]}; the identity matrix leaves every bit as it was, as long as all values are finite.
     */
    public record Routing(SDVariable query, SDVariable key, SDVariable value) {}

    /**
     * An edit of the probabilities, {@code P' = U * ((R P) M) + V * P}. Prompt-to-prompt's replace, refine and reweight
     * are all of this form.
     *
     * @param routing R, {@code [batch, batch]}: whose probabilities go into the mix
     * @param matrix M, {@code [batch, keys, keys]}: which token's attention goes to which
     * @param mixed U, {@code [batch, 1, 1, keys]}: how much of the mix
     * @param own V, {@code [batch, 1, 1, keys]}: how much of a row's own
     */
    public record TokenMap(SDVariable routing, SDVariable matrix, SDVariable mixed, SDVariable own) {}

    /** What is added to the scores. */
    public sealed interface LogitBias {

        /**
         * A bias that is given.
         *
         * @param bias {@code [batch or 1, 1, queries or 1, keys]}
         * @param perQuery whether it differs from query to query
         */
        record Dense(SDVariable bias, boolean perQuery) implements LogitBias {}

        /**
         * Foreground attends to foreground and background to background:
         * {@code -L (q (1 - k) + (1 - q) k)}, with L large. Zero masks change nothing.
         *
         * @param query 1 where a query is foreground, {@code [batch, 1, queries, 1]}
         * @param key 1 where a key is foreground, {@code [batch, 1, 1, keys]}
         */
        record Masks(SDVariable query, SDVariable key) implements LogitBias {}
    }
}
