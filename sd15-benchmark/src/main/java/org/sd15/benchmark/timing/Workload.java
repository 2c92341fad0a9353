package org.sd15.benchmark.timing;

/** Something that can be run again and again. */
public interface Workload extends AutoCloseable {

    /** Runs it once, to the end. */
    void run();

    @Override
    void close();
}
