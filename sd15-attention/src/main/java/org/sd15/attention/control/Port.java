package org.sd15.attention.control;

import java.util.Collection;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The placeholders that an attention site can have. */
enum Port {
    ROUTE_QUERY,
    ROUTE_KEY,
    ROUTE_VALUE,
    MAP_ROUTE,
    MAP_MATRIX,
    MAP_MIXED,
    MAP_OWN,
    BIAS,
    MASK_QUERY,
    MASK_KEY;

    /** Name of the placeholder, for instance {@code control/3/self/route_query}. */
    String name(AttentionSite site) {
        return site.name().replaceFirst("attn", "control") + "/" + name().toLowerCase(Locale.ROOT);
    }

    /** The sites of a plan that have this port. */
    Collection<AttentionSite> sites(AttentionPlan plan) {
        return switch (this) {
            case ROUTE_QUERY, ROUTE_KEY, ROUTE_VALUE -> plan.routed();
            case MAP_ROUTE, MAP_MATRIX, MAP_MIXED, MAP_OWN -> plan.mapped();
            case BIAS, MASK_QUERY, MASK_KEY ->
                plan.biased().stream().filter(this::fits).toList();
        };
    }

    /** Whether a site of this kind can have the port. */
    boolean fits(AttentionSite site) {
        return switch (this) {
            case ROUTE_QUERY, ROUTE_KEY, ROUTE_VALUE -> true;
            case MAP_ROUTE, MAP_MATRIX, MAP_MIXED, MAP_OWN, BIAS -> site.isCross();
            case MASK_QUERY, MASK_KEY -> !site.isCross();
        };
    }

    /** Shape of the array at a site. */
    long[] shape(long batch, AttentionSite site) {
        return switch (this) {
            case ROUTE_QUERY, ROUTE_KEY, ROUTE_VALUE, MAP_ROUTE -> new long[] {batch, batch};
            case MAP_MATRIX -> new long[] {batch, site.keys(), site.keys()};
            case MAP_MIXED, MAP_OWN, MASK_KEY -> new long[] {batch, 1, 1, site.keys()};
            case BIAS -> new long[] {batch, 1, site.queries(), site.keys()};
            case MASK_QUERY -> new long[] {batch, 1, site.queries(), 1};
        };
    }

    /** The array that changes nothing. */
    INDArray identity(int batch, AttentionSite site, DataType type) {
        long[] shape = shape(batch, site);
        return switch (this) {
            case ROUTE_QUERY, ROUTE_KEY, ROUTE_VALUE, MAP_ROUTE ->
                Nd4j.eye(batch).castTo(type);
            case MAP_MATRIX ->
                Nd4j.eye(site.keys())
                        .castTo(type)
                        .reshape(1, site.keys(), site.keys())
                        .repeat(0, batch);
            case MAP_OWN -> Nd4j.ones(type, shape);
            case MAP_MIXED, BIAS, MASK_QUERY, MASK_KEY -> Nd4j.zeros(type, shape);
        };
    }

    /**
     * An array for all rows with some rows taken from an array for just these. Rows that are mixed from other rows are
     * then mixed from these alone.
     */
    INDArray withRows(INDArray all, int[] rows, INDArray some) {
        INDArray changed = all.dup('c');
        boolean mixes = this == ROUTE_QUERY || this == ROUTE_KEY || this == ROUTE_VALUE || this == MAP_ROUTE;
        for (int i = 0; i < rows.length; i++) {
            INDArray row = changed.slice(rows[i]);
            if (mixes) {
                row.assign(0);
                for (int j = 0; j < rows.length; j++) {
                    row.putScalar(rows[j], some.getDouble(i, j));
                }
            } else {
                row.assign(some.slice(i));
            }
        }
        return changed;
    }
}
