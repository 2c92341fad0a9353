package org.sd15.pipeline.training.run;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** How fast this machine multiplies matrices. */
public final class MatrixRate {

    /** Products of fewer rows take as long to wake the threads as to compute. */
    private static final int SIDE = 2048;

    private static final int RUNS = 3;

    /** A machine on which one product takes longer, nanoseconds, is told apart by it well enough. */
    private static final long ENOUGH = 500_000_000;

    private MatrixRate() {}

    /** Floating-point operations a second in float32, the best of three products of 2048 rows. */
    public static double measure() {
        long best = Long.MAX_VALUE;
        try (INDArray a = Nd4j.ones(DataType.FLOAT, SIDE, SIDE);
                INDArray out = Nd4j.create(DataType.FLOAT, new long[] {SIDE, SIDE}, 'f')) {
            for (int i = 0; i < RUNS && (i == 0 || best < ENOUGH); i++) {
                long start = System.nanoTime();
                a.mmuli(a, out);
                Nd4j.getExecutioner().commit(); // a GPU computes asynchronously
                best = Math.min(best, System.nanoTime() - start);
            }
        }
        return 2.0 * SIDE * SIDE * SIDE / best * 1e9;
    }
}
