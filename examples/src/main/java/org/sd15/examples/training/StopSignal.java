package org.sd15.examples.training;

import java.time.Duration;

/**
 * Tells that the time is over, or that the process was asked to end; holds the end up until what must be kept is on the
 * disk.
 */
final class StopSignal implements AutoCloseable {

    private final Thread holding = new Thread(this::hold, "keeps what was done");
    private final Thread working = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long nanos;
    private volatile boolean given;
    private volatile boolean closed;

    /** Listens from now on. */
    StopSignal(Duration time) {
        this.nanos = time.toNanos();
        Runtime.getRuntime().addShutdownHook(holding);
    }

    void hold() {
        given = true;
        try {
            while (!closed && working.isAlive()) {
                Thread.sleep(20);
            }
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it is time to stop. */
    boolean isGiven() {
        return given || System.nanoTime() - start >= nanos;
    }

    @Override
    public void close() {
        closed = true;
        try {
            Runtime.getRuntime().removeShutdownHook(holding);
        } catch (IllegalStateException ending) {
            given = true; // the process ends already, and needs to wait no longer
        }
    }
}
