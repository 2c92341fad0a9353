package org.sd15.pipeline.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.sd15.attention.machine.HostMemory;
import org.sd15.attention.machine.Lanes;

/**
 * Arithmetic on float arrays of one length, a stretch at a time and on all cores: each value is read from memory once
 * and written once, however many operations there are. Loops over Java arrays that write one of them become vector
 * instructions.
 */
final class ParallelArrays {

    /** A given number of values of a few arrays fit into the first cache of a core. */
    private static final int LENGTH = 2048;

    /** Shorter arrays are not worth a second thread. */
    private static final long LEAST_PER_LANE = 1 << 16;

    /** What is done with a stretch. */
    @FunctionalInterface
    interface Work {
        /** Works on the first values of each of the arrays. */
        void on(float[][] values, int length);
    }

    private ParallelArrays() {}

    /** Whether these arrays can be worked on: floats in the memory of the machine, in the same plain order. */
    static boolean serve(INDArray... arrays) {
        return HostMemory.serves()
                && Arrays.stream(arrays)
                        .allMatch(
                                array -> array.dataType() == DataType.FLOAT && Shape.hasDefaultStridesForShape(array));
    }

    /**
     * Works on arrays.
     *
     * @param results how many of them, from the first on, are written to
     */
    static void run(Work work, int results, INDArray... arrays) {
        long length = arrays[0].length();
        long lanes = Math.max(1, Math.min(Lanes.count(), length / LEAST_PER_LANE));
        List<Runnable> parts = new ArrayList<>();
        for (long lane = 0; lane < lanes; lane++) {
            long begin = length * lane / lanes;
            long end = length * (lane + 1) / lanes;
            parts.add(() -> run(work, results, arrays, begin, end));
        }
        Lanes.run(parts);
    }

    private static void run(Work work, int results, INDArray[] arrays, long begin, long end) {
        FloatPointer[] memories = Stream.of(arrays).map(ParallelArrays::memory).toArray(FloatPointer[]::new);
        float[][] values = new float[arrays.length][LENGTH];
        for (long at = begin; at < end; at += LENGTH) {
            int n = (int) Math.min(LENGTH, end - at);
            for (int i = 0; i < memories.length; i++) {
                memories[i].position(at).get(values[i], 0, n);
            }
            work.on(values, n);
            for (int i = 0; i < results; i++) {
                memories[i].position(at).put(values[i], 0, n);
            }
        }
    }

    private static FloatPointer memory(INDArray array) {
        return array.data().pointer().getPointer(FloatPointer.class, array.offset());
    }
}
