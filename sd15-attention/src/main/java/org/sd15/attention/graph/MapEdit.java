package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.AttentionPorts.TokenMap;

/** What attention ports do, in plain ND4J operations; the same in every formulation. */
public final class MapEdit {

    /** Far below every score; its exponential is exactly zero. */
    private static final double NEVER = -1e9;

    private MapEdit() {}

    /** Mixes rows of the batch: {@code R [batch, batch]} times {@code [batch, tokens * channels]}. */
    public static Tokens route(SameDiff graph, SDVariable matrix, Tokens x) {
        if (x.isOfAnyLength()) {
            throw new IllegalArgumentException("rows of sequences of any length can't be routed: give a fixed length");
        }
        SDVariable flat = x.rows().reshape(-1, (long) x.tokens() * x.channels());
        return x.with(graph.mmul(matrix, flat).reshape(-1, x.channels()), x.channels());
    }

    /** {@code U * ((R P) M) + V * P}, {@code [batch, heads, n, m]}. */
    public static SDVariable edit(SameDiff graph, TokenMap map, SDVariable raw, int heads, int n, int m) {
        long rows = (long) heads * n;
        SDVariable routed = graph.mmul(map.routing(), raw.reshape(-1, rows * m)).reshape(-1, rows, m);
        SDVariable mixed = graph.mmul(routed, map.matrix()).reshape(-1, heads, n, m);
        return map.mixed().mul(mixed).add(map.own().mul(raw));
    }

    /** The whole bias of an attention, {@code [batch or 1, 1, queries or 1, keys]}; null if it has none. */
    public static @Nullable SDVariable bias(AttentionPorts ports) {
        if (ports.bias() instanceof LogitBias.Masks masks) {
            return apart(masks.query(), masks.key());
        }
        return ports.bias() instanceof LogitBias.Dense dense ? dense.bias() : null;
    }

    /** A bias that keeps foreground and background apart: {@code -L (q (1 - k) + (1 - q) k)}. */
    static SDVariable apart(SDVariable query, SDVariable key) {
        return query.add(key).sub(query.mul(key).mul(2)).mul(NEVER);
    }
}
