package org.sd15.attention.session;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The few graphs of a model that were used last. Each holds buffers for its activations, so the least recently used one
 * is closed when another is needed.
 *
 * @param <K> what a graph was built for
 * @param <V> a built graph
 */
public final class GraphCache<K, V extends GraphCache.Built> implements AutoCloseable {

    /** A graph with buffers. */
    public interface Built extends AutoCloseable {
        @Override
        void close();
    }

    private final int capacity;
    private final Map<K, V> graphs = new LinkedHashMap<>(16, 0.75f, true);

    /** A cache of at most n graphs. */
    public GraphCache(int capacity) {
        this.capacity = capacity;
    }

    /** The graph for a key, built if it is not there. */
    public V get(K key, Supplier<V> build) {
        V found = graphs.get(key);
        if (found != null) {
            return found;
        }
        if (graphs.size() >= capacity) {
            var oldest = graphs.entrySet().iterator().next();
            graphs.remove(oldest.getKey());
            oldest.getValue().close();
        }
        V built = build.get();
        graphs.put(key, built);
        return built;
    }

    /** Closes all graphs. */
    @Override
    public void close() {
        graphs.values().forEach(Built::close);
        graphs.clear();
    }
}
