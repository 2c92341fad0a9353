package org.sd15.attention.fused.ops;

import org.bytedeco.dnnl.memory.desc;
import org.sd15.attention.fused.onednn.Layouts;

/**
 * How the work of one attention is cut. A map of scores is never whole: some heads and some queries are taken at a time,
 * so that their scores stay in the cache.
 *
 * @param batch pictures
 * @param heads of the attention
 * @param width of a head
 * @param queries of a picture
 * @param keys of a picture
 * @param group heads that are taken together
 * @param block queries that are taken together
 */
record Heads(long batch, long heads, long width, long queries, long keys, long group, long block) {

    /** The scores of one block: 4 MiB. */
    private static final long BLOCK_ELEMENTS = 1 << 20;

    /** Up to so many keys, one head is too little work for a product. */
    private static final long FEW_KEYS = 512;

    static Heads of(long[] query, long heads, long queries, long keys) {
        long batch = Shapes.rows(query) / queries;
        long group = keys <= FEW_KEYS ? heads : 1;
        long block = Math.max(1, Math.min(queries, BLOCK_ELEMENTS / (group * keys)));
        return new Heads(batch, heads, Shapes.last(query) / heads, queries, keys, group, block);
    }

    /** Queries in the block that starts at one. */
    long rows(long first) {
        return Math.min(block, queries - first);
    }

    private long channels() {
        return heads * width;
    }

    /** Some tokens of a group of heads, {@code [group, tokens, width]}, in {@code [batch * tokens, channels]}. */
    desc tokens(long count) {
        return grouped(new long[] {group, count, width}, new long[] {width, channels(), 1});
    }

    /** The same, transposed: {@code [group, width, tokens]}. */
    desc tokensTransposed(long count) {
        return grouped(new long[] {group, width, count}, new long[] {width, 1, channels()});
    }

    /** Scores of a block, dense. */
    desc scores(long rows) {
        return grouped(new long[] {group, rows, keys}, new long[] {rows * keys, keys, 1});
    }

    /** The same, transposed. */
    desc scoresTransposed(long rows) {
        return grouped(new long[] {group, keys, rows}, new long[] {rows * keys, 1, keys});
    }

    /** A block within a whole map {@code [batch, heads, queries, keys]}. */
    desc blockOfMap(long rows) {
        return grouped(new long[] {group, rows, keys}, new long[] {queries * keys, keys, 1});
    }

    /** A block within a bias {@code [batch or 1, 1, queries or 1, keys]}, spread over the heads. */
    desc blockOfBias(long rows, boolean perQuery) {
        long height = perQuery ? rows : 1;
        return grouped(new long[] {1, height, keys}, new long[] {height * keys, keys, 1});
    }

    /** Products of one head want matrices, not batches of one. */
    private desc grouped(long[] dims, long[] strides) {
        return group > 1
                ? Layouts.strided(dims, strides)
                : Layouts.strided(new long[] {dims[1], dims[2]}, new long[] {strides[1], strides[2]});
    }

    /** The axis of the keys in {@link #scores}. */
    int keyAxis() {
        return group > 1 ? 2 : 1;
    }

    /** Where a token of a head starts, among tokens of which each picture has so many. */
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
