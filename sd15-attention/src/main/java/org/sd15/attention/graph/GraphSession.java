package org.sd15.attention.graph;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Evaluates a finished graph, for one thread at a time. Buffers of activations are kept from call to call, which saves a
 * third of the time of a large model, and are given back by {@link #close}; those of SameDiff's own sessions are not.
 */
public final class GraphSession implements GraphCache.Built {

    private final SameDiff graph;
    private final Execution.Session session;

    /** A session for a native graph, which must not be changed any more. */
    public GraphSession(SameDiff graph) {
        this(graph, Execution.NATIVE);
    }

    /** A session for a graph of an execution; it must not be changed any more. */
    public GraphSession(SameDiff graph, Execution execution) {
        this.graph = graph;
        this.session = execution.session(graph);
    }

    /** Whether the graph has a variable of this name. */
    public boolean has(String name) {
        return graph.hasVariable(name);
    }

    /**
     * Evaluates variables. Only what they need is computed.
     *
     * @param feeds placeholders by name
     * @param names the variables
     * @return the values under the same names, in the order asked for; the caller owns and closes them
     */
    public Map<String, INDArray> evaluate(Map<String, INDArray> feeds, Collection<String> names) {
        Map<String, INDArray> values =
                session.inference().output(List.copyOf(names), feeds, null, List.of(), List.of(), null);
        Map<String, INDArray> ordered = new LinkedHashMap<>();
        names.forEach(name -> ordered.put(name, values.get(name)));
        return ordered;
    }

    /** Frees the buffers. */
    @Override
    public void close() {
        session.close();
    }
}
