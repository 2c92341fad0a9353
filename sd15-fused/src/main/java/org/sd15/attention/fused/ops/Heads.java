package org.sd15.attention.fused.ops;

import org.bytedeco.dnnl.memory.desc;
import org.sd15.attention.fused.onednn.Layouts;

/**
 * How the work of one attention is cut. A map of scores is never whole: one head and some queries are taken at a time, so
 * that their scores stay in the cache of a core.
 *
 * @param batch pictures
 * @param heads of the attention
 * @param width of a head
 * @param queries of a picture
 * @param keys of a picture
 * @param block queries that are taken together
 */
record Heads(long batch, long heads, long width, long queries, long keys, long block) {

    /** The scores of one block: 1 MiB. */
    private static final long BLOCK_ELEMENTS = 1 << 18;

    static Heads of(long[] query, long heads, long queries, long keys) {
        long batch = Shapes.rows(query) / queries;
        long block = Math.max(1, Math.min(queries, BLOCK_ELEMENTS / keys));
        return new Heads(batch, heads, Shapes.last(query) / heads, queries, keys, block);
    }

    /**
     * Makes sure that keys and values are of as many pictures as the queries: what lies behind them would be read.
     *
     * @return this
     * @throws IllegalArgumentException if they are not
     */
    Heads answeredBy(long[]... keysAndValues) {
        for (long[] shape : keysAndValues) {
            if (Shapes.rows(shape) != batch * keys) {
                throw new IllegalArgumentException(
                        "Attention: %d pictures of %d image tokens ask, %d context tokens answer; %d for each would be %d"
                                .formatted(batch, queries, Shapes.rows(shape), keys, batch * keys));
            }
        }
        return this;
    }

    /** Heads of all pictures. */
    long pairs() {
        return batch * heads;
    }

    /** Multiplications and additions of {@code Q K^T} and {@code P V}. */
    double flops() {
        return 4.0 * pairs() * queries * keys * width;
    }

    private long channels() {
        return heads * width;
    }

    /** Some tokens of a head, {@code [tokens, width]}, in {@code [batch * tokens, channels]}. */
    desc tokens(long count) {
        return Layouts.strided(new long[] {count, width}, new long[] {channels(), 1});
    }

    /** The same, transposed: {@code [width, tokens]}. */
    desc tokensTransposed(long count) {
        return Layouts.strided(new long[] {width, count}, new long[] {1, channels()});
    }

    /** Scores of a block, dense; those in a whole map {@code [batch, heads, queries, keys]} lie the same. */
    desc scores(long rows) {
        return Layouts.dense(rows, keys);
    }

    /** The same, transposed. */
    desc scoresTransposed(long rows) {
        return Layouts.strided(new long[] {keys, rows}, new long[] {1, keys});
    }

    /** A block within a bias {@code [batch or 1, 1, queries or 1, keys]}. */
    desc blockOfBias(long rows, boolean perQuery) {
        return Layouts.dense(perQuery ? rows : 1, keys);
    }

    /** Where a token of a head starts, if each picture has {@code tokens} of them. */
    long offset(long picture, long tokens, long token, long head) {
        return (picture * tokens + token) * channels() + head * width;
    }

    /** Where a block starts in a whole map. */
    long offsetInMap(long picture, long head, long query) {
        return ((picture * heads + head) * queries + query) * keys;
    }

    double scale() {
        return 1 / Math.sqrt(width);
    }
}
