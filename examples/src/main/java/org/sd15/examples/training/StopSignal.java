package org.sd15.examples.training;

/** Tells that the process was asked to end, and holds the end up until what must be kept is on the disk. */
final class StopSignal implements AutoCloseable {

    private final Thread holding = new Thread(this::hold, "keeps what was done");
    private final Thread working = Thread.currentThread();
    private volatile boolean given;
    private volatile boolean closed;

    /** Listens from now on. */
    StopSignal() {
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
        return given;
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
