package org.sd15.pipeline.text;

import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.GraphSession;
import org.sd15.attention.session.ParameterTable;

/** The graphs of a text encoder, one for each length of texts, built when they are needed. */
final class ClipTextGraphs {

    private static final int KEPT = 2;

    private final ClipTextConfig config;
    private final DataType dataType;
    private final Adapters adapters;
    private final Execution execution;
    private final ParameterTable parameters;
    private final GraphCache<Kind, GraphSession> sessions = new GraphCache<>(KEPT);

    /** What a graph is for: the length of texts, and whether it takes a mask of the tokens that are seen. */
    private record Kind(int length, boolean masked) {}

    ClipTextGraphs(
            ClipTextConfig config,
            DataType dataType,
            Adapters adapters,
            Execution execution,
            ParameterTable parameters) {
        this.config = config;
        this.dataType = dataType;
        this.adapters = adapters;
        this.execution = execution;
        this.parameters = parameters;
    }

    /** For texts whose tokens see all before them. */
    GraphSession causal(int length) {
        return sessions.get(new Kind(length, false), () -> new GraphSession(graph(length, name -> false), execution));
    }

    /** For texts with a mask of the tokens that are seen; see {@link ClipTextGraph#mask}. */
    GraphSession masked(int length) {
        return sessions.get(new Kind(length, true), () -> {
            SameDiff graph = Graphs.create();
            ClipTextGraph.buildMasked(config, root(graph, name -> false), length);
            return new GraphSession(graph, execution);
        });
    }

    /** A graph from embeddings to states, in which some parameters are variables. */
    SameDiff graph(int length, Predicate<String> trained) {
        SameDiff graph = Graphs.create();
        ClipTextGraph.build(config, root(graph, trained), length);
        return graph;
    }

    private Scope root(SameDiff graph, Predicate<String> trained) {
        return Scope.of(graph, dataType, Parameters.from(parameters, trained), execution)
                .withAdapters(adapters);
    }

    /** What computes them. */
    Execution execution() {
        return execution;
    }

    /** Closes those that were built. */
    void close() {
        sessions.close();
    }
}
