package org.sd15.pipeline.training;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Gives batches of pictures in order, without end. */
public interface PictureSource extends Stateful {

    /** The next batch, values from -1 to 1, {@code [batch, 3, height, width]}. */
    INDArray next();
}
