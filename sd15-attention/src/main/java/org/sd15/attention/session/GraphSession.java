package org.sd15.attention.session;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.machine.HostMemory;

/**
 * Evaluates a finished graph, for one thread at a time: a second one is refused. Buffers of activations are kept from call to call, which saves a
 * third of the time of a large model, and are given back by {@link #close}; those of SameDiff's own sessions are not.
 */
public final class GraphSession implements GraphCache.Built {

    private final SameDiff graph;
    private final Execution.Session session;
    private final @Nullable ActivationMemory memory;
    private final ExclusiveUse access = new ExclusiveUse("the graph");

    /** A session for a native graph, which must not be changed any more. */
    public GraphSession(SameDiff graph) {
        this(graph, Execution.NATIVE);
    }

    /** A session for a graph of an execution; it must not be changed any more. */
    public GraphSession(SameDiff graph, Execution execution) {
        this.graph = graph;
        this.session = execution.session(graph);
        this.memory = HostMemory.serves() ? new ActivationMemory() : null;
        if (memory != null) {
            session.inference().setMmgr(memory);
        }
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
     * @throws IllegalArgumentException if there is no such variable, or what is fed was closed
     * @throws IllegalStateException if another thread is evaluating it, or it is closed
     */
    public Map<String, INDArray> evaluate(Map<String, INDArray> feeds, Collection<String> names) {
        return access.call(() -> {
            requirePresent(feeds, names);
            return evaluateAlone(feeds, names);
        });
    }

    private void requirePresent(Map<String, INDArray> feeds, Collection<String> names) {
        for (String name : names) {
            if (!graph.hasVariable(name)) {
                throw new IllegalArgumentException("the graph has no variable " + name);
            }
        }
        feeds.forEach((name, array) -> {
            if (array.wasClosed()) {
                throw new IllegalArgumentException("what is fed to %s was closed".formatted(name));
            }
        });
    }

    private Map<String, INDArray> evaluateAlone(Map<String, INDArray> feeds, Collection<String> names) {
        if (memory == null) {
            return ordered(run(feeds, names), names);
        }
        var kind = new RunShapes(List.copyOf(names), shapes(feeds));
        if (!memory.knows(kind) && session.rehearses(true)) {
            memory.beginRehearsal();
            try {
                run(memory, kind, feeds).values().forEach(INDArray::close);
            } finally {
                session.rehearses(false);
            }
        }
        return ordered(run(memory, kind, feeds), names);
    }

    /** What decides how much memory a run takes, and when. */
    private record RunShapes(List<String> names, Map<String, List<Long>> shapes) {}

    private static Map<String, List<Long>> shapes(Map<String, INDArray> feeds) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        feeds.forEach((name, array) ->
                shapes.put(name, Arrays.stream(array.shape()).boxed().toList()));
        return shapes;
    }

    private Map<String, INDArray> run(ActivationMemory activations, RunShapes kind, Map<String, INDArray> feeds) {
        activations.begin(kind);
        try {
            return activations.end(kind, run(feeds, kind.names()));
        } finally {
            activations.abandon();
        }
    }

    private Map<String, INDArray> run(Map<String, INDArray> feeds, Collection<String> names) {
        return session.inference().output(List.copyOf(names), feeds, null, List.of(), List.of(), null);
    }

    private static Map<String, INDArray> ordered(Map<String, INDArray> values, Collection<String> names) {
        Map<String, INDArray> ordered = new LinkedHashMap<>();
        names.forEach(name -> ordered.put(name, values.get(name)));
        return ordered;
    }

    /** Gives the buffers back until the next evaluation. */
    public void trim() {
        access.run(() -> {
            if (memory != null) {
                memory.free();
            }
            session.trim();
        });
    }

    /** Bytes that are held for activations. */
    public long activationBytes() {
        return memory == null ? 0 : memory.bytes();
    }

    /**
     * Frees the buffers.
     *
     * @throws IllegalStateException if another thread is evaluating the graph; then nothing is freed
     */
    @Override
    public void close() {
        access.close(session::close);
    }
}
