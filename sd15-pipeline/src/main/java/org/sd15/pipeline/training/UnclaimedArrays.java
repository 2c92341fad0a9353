package org.sd15.pipeline.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradients of frozen weights: ND4J computes them along with those of their inputs, though nobody asked, and leaves them to
 * the garbage collector, which does not see how large they are. So it is called when many have gathered.
 */
final class UnclaimedArrays {

    private static final long TOO_MUCH = 128L << 20;

    private final long perPass;
    private long gathered;

    /** Of passes through a model with these weights. */
    UnclaimedArrays(Iterable<INDArray> weights) {
        long bytes = 0;
        for (INDArray array : weights) {
            bytes += array.length() * array.dataType().width();
        }
        this.perPass = bytes;
    }

    /** Notes a pass. */
    void pass() {
        gathered += perPass;
        if (gathered >= TOO_MUCH) {
            Nd4j.getMemoryManager().invokeGc();
            gathered = 0;
        }
    }
}
