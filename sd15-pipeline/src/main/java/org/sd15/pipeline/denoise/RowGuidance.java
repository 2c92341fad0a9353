package org.sd15.pipeline.denoise;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How the rows of the model's batch become one prediction a picture: {@link Guidance}, or a rule of a method of its own. The
 * rows under the prompts come last.
 */
public interface RowGuidance {

    /** Rows of the model's batch for one picture. */
    int rowsPerPicture();

    /**
     * The guided prediction.
     *
     * @param prediction {@code [rowsPerPicture * pictures, 4, h, w]}
     * @return {@code [pictures, 4, h, w]}
     */
    INDArray apply(INDArray prediction);
}
