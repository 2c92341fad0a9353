package org.sd15.attention.fused;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.sd15.attention.fused.FusedGraph.Operand;
import org.sd15.attention.fused.ops.Attention;
import org.sd15.attention.fused.ops.Mix;
import org.sd15.attention.fused.ops.Probabilities;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.Routing;
import org.sd15.attention.graph.AttentionPorts.TokenMap;
import org.sd15.attention.graph.MapEdit;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * Attention at one place. Where the map is neither edited nor multiplied it is one operation, whatever is routed or biased.
 * The map itself is a variable beside it, computed only if it is read, and then with the same bits.
 */
final class FusedAttention {

    private final FusedGraph fused;
    private final Scope scope;
    private final SameDiff graph;
    private final int heads;
    private final AttentionPorts ports;

    FusedAttention(FusedGraph fused, Scope scope, int heads, AttentionPorts ports) {
        this.fused = fused;
        this.scope = scope;
        this.graph = scope.graph();
        this.heads = heads;
        this.ports = ports;
    }

    Tokens apply(Tokens query, Tokens key, Tokens value) {
        Routing routing = ports.routing();
        Operand q = fused.rows(routing == null ? query : MapEdit.route(graph, routing.query(), query));
        Operand k = fused.rows(routing == null ? key : MapEdit.route(graph, routing.key(), key));
        Operand v = fused.rows(routing == null ? value : MapEdit.route(graph, routing.value(), value));
        SDVariable bias = MapEdit.bias(ports);
        TokenMap map = ports.tokenMap();
        Tokens mixed = map == null && ports.factor() == null
                ? uncut(query, q, k, v, bias, key.tokens(), value.channels())
                : edited(query, probabilities(q, k, bias, query.tokens(), key.tokens()), v, key, value);
        scope.named("merged", mixed.rows());
        return mixed;
    }

    private Tokens uncut(
            Tokens query, Operand q, Operand k, Operand v, @Nullable SDVariable bias, int keys, int channels) {
        int queries = query.tokens();
        if (ports.tap() != null && ports.mapIsWhole(heads, queries, keys, scope.dataType())) {
            SDVariable map = probabilities(q, k, bias, queries, keys).rename(ports.tap() + "/probs");
            graph.identity(map).rename(ports.tap() + "/probs_raw");
        }
        var kernel = new Attention(heads, queries, keys, bias != null);
        List<SDVariable> inputs = inputs(bias, q.value(), k.value(), v.value());
        return fused.asRows(query, fused.add(kernel, q.rank(), channels, inputs), channels);
    }

    private Tokens edited(Tokens query, SDVariable raw, Operand v, Tokens key, Tokens value) {
        TokenMap map = ports.tokenMap();
        SDVariable whole = map == null ? raw : MapEdit.edit(graph, map, raw, heads, query.tokens(), key.tokens());
        SDVariable edited =
                ports.factor() == null ? whole : whole.mul(ports.factor().values());
        if (ports.tap() != null) {
            edited.rename(ports.tap() + "/probs");
            raw.rename(ports.tap() + "/probs_raw");
        }
        var kernel = new Mix(heads, query.tokens(), key.tokens());
        Operand mixed = fused.add(kernel, 2, value.channels(), List.of(edited, v.value()));
        return query.with(mixed.value(), value.channels());
    }

    private SDVariable probabilities(Operand q, Operand k, @Nullable SDVariable bias, int n, int m) {
        var kernel = new Probabilities(heads, n, m, bias != null);
        return fused.add(kernel, 4, m, inputs(bias, q.value(), k.value())).value();
    }

    private static List<SDVariable> inputs(@Nullable SDVariable bias, SDVariable... others) {
        List<SDVariable> inputs = new ArrayList<>(List.of(others));
        if (bias != null) {
            inputs.add(bias);
        }
        return inputs;
    }
}
