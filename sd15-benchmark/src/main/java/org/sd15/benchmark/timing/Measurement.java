package org.sd15.benchmark.timing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;

/**
 * How long a workload took.
 *
 * @param loadSeconds from nothing to where the first run could begin
 * @param seconds each run after one warm-up
 * @param peakRssGb the most memory that the process ever had resident, in 10^9 bytes; not known outside of Linux
 */
public record Measurement(double loadSeconds, List<Double> seconds, OptionalDouble peakRssGb) {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final double NANOS = 1e9;
    private static final double KIB_PER_GB = 1e9 / 1024;

    /** Copies the list. */
    public Measurement {
        seconds = List.copyOf(seconds);
    }

    /**
     * Loads a workload, runs it once to warm up, then n times with a watch.
     *
     * @param warm called after the warm-up
     * @throws Exception what the workload throws
     */
    public static Measurement of(Callable<? extends Workload> load, int runs, Runnable warm) throws Exception {
        if (runs < 1) {
            throw new IllegalArgumentException("%d runs; there must be at least 1".formatted(runs));
        }
        long start = System.nanoTime();
        try (Workload workload = load.call()) {
            double loaded = (System.nanoTime() - start) / NANOS;
            workload.run();
            warm.run();
            List<Double> seconds = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                long begin = System.nanoTime();
                workload.run();
                seconds.add((System.nanoTime() - begin) / NANOS);
            }
            return new Measurement(loaded, seconds, peak());
        }
    }

    /** All runs together. */
    public double total() {
        return seconds.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The shortest run. */
    public double best() {
        return Collections.min(seconds);
    }

    static OptionalDouble peak() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return OptionalDouble.empty();
        }
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_GB)
                    .findFirst();
        }
    }
}
