package org.sd15.pipeline.denoise;

import java.util.Collections;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The first axis of arrays, along which pictures and their rows lie. */
public final class BatchAxis {

    private BatchAxis() {}

    /**
     * A batch several times in a row, as {@code torch.Tensor.repeat(times, 1, ...)} has it.
     *
     * @param batch {@code [n, ...]}
     * @param times at least 1
     * @return {@code [times * n, ...]}; the batch itself if it is wanted once
     */
    public static INDArray repeat(INDArray batch, long times) {
        return times == 1
                ? batch
                : Nd4j.concat(
                        0, Collections.nCopies(Math.toIntExact(times), batch).toArray(INDArray[]::new));
    }
}
