package org.sd15.pipeline.training.run;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** How fast this machine multiplies matrices. */
public final class MatrixRate {

    private static final int SIDE = 768;
    private static final int RUNS = 4;

    private MatrixRate() {}

    /** Floating-point operations a second, the best of a few short runs. */
    public static double measure() {
        double best = 0;
        try (INDArray a = Nd4j.ones(DataType.FLOAT, SIDE, SIDE);
                INDArray b = Nd4j.ones(DataType.FLOAT, SIDE, SIDE)) {
            for (int i = 0; i < RUNS; i++) {
                long start = System.nanoTime();
                a.mmul(b).close();
                best = Math.max(best, 2.0 * SIDE * SIDE * SIDE / (System.nanoTime() - start) * 1e9);
            }
        }
        return best;
    }
}
