package org.sd15.attention.fused;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where the time of an execution goes: one entry a kind of operation and shape. Costs two looks at the clock an
 * operation; an execution without a profile pays nothing. Safe for use by several threads.
 */
public final class Profile {

    private static final double NANOS = 1e9;

    /**
     * What one kind of operation took.
     *
     * @param kind what it is: one of ours by its name, one of ND4J's by the name that it has there
     * @param shapes of its first arguments; empty in {@link #kinds}
     * @param calls how often it ran
     * @param seconds in all
     * @param flops multiplications and additions of its products in all, as the definition has them; 0 where it has none
     */
    public record Entry(String kind, String shapes, long calls, double seconds, double flops) {

        /** The rate of the products, in 10^9 a second. */
        public double gigaflops() {
            return flops / seconds / NANOS;
        }

        private Entry plus(Entry other, String commonShapes) {
            return new Entry(kind, commonShapes, calls + other.calls, seconds + other.seconds, flops + other.flops);
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    synchronized void add(String kind, String shapes, double flops, long nanos) {
        Entry once = new Entry(kind, shapes, 1, nanos / NANOS, flops);
        entries.merge(kind + shapes, once, (sum, one) -> sum.plus(one, shapes));
    }

    /** Forgets what was measured so far, as after a warm-up. */
    public synchronized void clear() {
        entries.clear();
    }

    /** What the operations took by kind and shapes, the longest first. */
    public synchronized List<Entry> entries() {
        return entries.values().stream().sorted(longestFirst()).toList();
    }

    /** What the operations took by kind, the longest first. */
    public synchronized List<Entry> kinds() {
        Map<String, Entry> sums = entries.values().stream()
                .collect(Collectors.toMap(Entry::kind, entry -> entry, (a, b) -> a.plus(b, "")));
        return sums.values().stream()
                .map(sum -> new Entry(sum.kind(), "", sum.calls(), sum.seconds(), sum.flops()))
                .sorted(longestFirst())
                .toList();
    }

    /** All operations together. */
    public synchronized double seconds() {
        return entries.values().stream().mapToDouble(Entry::seconds).sum();
    }

    private static Comparator<Entry> longestFirst() {
        return Comparator.comparingDouble(Entry::seconds).reversed();
    }
}
