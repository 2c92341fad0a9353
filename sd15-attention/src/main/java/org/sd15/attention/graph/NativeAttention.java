package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.AttentionPorts.Routing;
import org.sd15.attention.graph.AttentionPorts.TokenMap;

/**
 * Multi-head attention in plain ND4J operations, for one place in one graph. A map of probabilities larger than
 * {@link AttentionPorts#LARGEST_MAP_BYTES} a picture is never held whole: the queries are taken in equal parts, one after the other.
 */
final class NativeAttention {

    private final Scope scope;
    private final SameDiff graph;
    private final int heads;
    private final AttentionPorts ports;

    NativeAttention(Scope scope, int heads, AttentionPorts ports) {
        this.scope = scope;
        this.graph = scope.graph();
        this.heads = heads;
        this.ports = ports;
    }

    Tokens apply(Tokens query, Tokens key, Tokens value) {
        Routing routing = ports.routing();
        Tokens q = routing == null ? query : MapEdit.route(graph, routing.query(), query);
        Tokens k = routing == null ? key : MapEdit.route(graph, routing.key(), key);
        Tokens v = routing == null ? value : MapEdit.route(graph, routing.value(), value);
        double scale = 1 / Math.sqrt(query.channels() / heads);
        SDVariable queries = split("query_heads", q).mul(scale);
        SDVariable keys = split("key_heads", k);
        SDVariable values = split("value_heads", v);
        int parts = parts(query.tokens(), key.tokens());
        SDVariable mixed = parts == 1
                ? whole(queries, keys, values, query.tokens(), key.tokens())
                : inParts(queries, keys, values, parts);
        scope.named("mixed_heads", mixed);
        SDVariable merged = mixed.permute(0, 2, 1, 3).reshape(-1, value.channels());
        return query.with(scope.named("merged", merged), value.channels());
    }

    /** {@code [batch * tokens, heads * d]} to {@code [batch, heads, tokens, d]}. */
    private SDVariable split(String name, Tokens x) {
        return scope.named(name, x.heads(heads).permute(0, 2, 1, 3));
    }

    private SDVariable whole(SDVariable queries, SDVariable keys, SDVariable values, int n, int m) {
        SDVariable scores = scope.named("scores", scores(queries, keys, bias(0, 1)));
        SDVariable raw = graph.nn.softmax(scores, -1); // [batch, heads, n, m]
        TokenMap map = ports.tokenMap();
        SDVariable edited = scaled(map == null ? raw : MapEdit.edit(graph, map, raw, heads, n, m), 0, 1);
        if (ports.tap() != null) {
            edited.rename(ports.tap() + "/probs");
            boolean same = map == null && ports.factor() == null;
            (same ? graph.identity(edited) : raw).rename(ports.tap() + "/probs_raw");
        } else {
            scope.named("probs", edited);
        }
        return graph.mmul(edited, values);
    }

    private SDVariable inParts(SDVariable queries, SDVariable keys, SDVariable values, int parts) {
        SDVariable[] some = graph.split(queries, parts, 2);
        SDVariable[] mixed = new SDVariable[parts];
        for (int i = 0; i < parts; i++) {
            SDVariable scores = scores(some[i], keys, bias(i, parts));
            mixed[i] = graph.mmul(scaled(graph.nn.softmax(scores, -1), i, parts), values);
        }
        return graph.concat(2, mixed);
    }

    /** The probabilities of one part of the queries times the factor. */
    private SDVariable scaled(SDVariable probabilities, int part, int parts) {
        AttentionPorts.Factor factor = ports.factor();
        if (factor == null) {
            return probabilities;
        }
        return probabilities.mul(factor.perQuery() ? part(factor.values(), part, parts) : factor.values());
    }

    private SDVariable scores(SDVariable queries, SDVariable keys, @Nullable SDVariable bias) {
        SDVariable scores = graph.mmul(queries, keys, false, true, false);
        return bias == null ? scores : scores.add(bias);
    }

    /** The bias for one part of the queries. */
    private @Nullable SDVariable bias(int part, int parts) {
        if (ports.bias() instanceof LogitBias.Masks masks) {
            SDVariable q = part(masks.query(), part, parts);
            return MapEdit.apart(q, masks.key());
        }
        if (ports.bias() instanceof LogitBias.Dense dense) {
            return dense.perQuery() ? part(dense.bias(), part, parts) : dense.bias();
        }
        return null;
    }

    private SDVariable part(SDVariable perQuery, int part, int parts) {
        return parts == 1 ? perQuery : graph.split(perQuery, parts, 2)[part];
    }

    /** Into how many equal parts the queries go. */
    private int parts(int queries, int keys) {
        if (ports.mapIsWhole(heads, queries, keys, scope.dataType())) {
            return 1;
        }
        long bytes = (long) heads * queries * keys * scope.dataType().width();
        int parts = (int)
                Math.min(queries, (bytes + AttentionPorts.LARGEST_MAP_BYTES - 1) / AttentionPorts.LARGEST_MAP_BYTES);
        while (queries % parts != 0) {
            parts++;
        }
        return parts;
    }
}
