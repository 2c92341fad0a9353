package org.sd15.attention.fused.onednn;

import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.sd15.attention.machine.Lanes;

/** One step of a program. */
interface Step {

    /** Runs the step; its memories are bound. */
    void run(stream stream);

    /**
     * A little arithmetic in Java.
     *
     * @param memories what it reads and writes
     * @param work given the values of the memories, in their order
     */
    record Java(List<Slot> memories, Consumer<List<FloatPointer>> work) implements Step {

        @Override
        public void run(stream stream) {
            stream._wait();
            work.accept(memories.stream().map(Slot::values).toList());
        }
    }

    /**
     * Steps for one thread.
     *
     * @param steps one after the other
     * @param stream their own
     */
    record Lane(List<Step> steps, stream stream) implements Runnable {

        @Override
        public void run() {
            for (Step step : steps) {
                step.run(stream);
            }
            stream._wait();
        }
    }

    /**
     * Lanes at the same time.
     *
     * @param lanes at least one
     */
    record SideBySide(List<Lane> lanes) implements Step {

        @Override
        public void run(stream stream) {
            stream._wait();
            Lanes.run(lanes);
        }
    }
}
