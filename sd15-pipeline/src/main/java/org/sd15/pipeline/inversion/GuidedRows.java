package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A prediction of which the first half of the rows is unconditional.
 *
 * @param rows {@code [2 pictures, 4, h, w]}
 */
record GuidedRows(INDArray rows) {

    GuidedRows {
        if (rows.size(0) % 2 != 0) {
            throw new IllegalArgumentException(
                    "the batch has %d rows, an unconditional and a conditional one for each picture are needed: take a"
                                    .formatted(rows.size(0))
                            + " guidance above 1");
        }
    }

    int pictures() {
        return Math.toIntExact(rows.size(0) / 2);
    }

    /** The unconditional rows, a view. */
    INDArray unconditional() {
        return rows.get(NDArrayIndex.interval(0, pictures()));
    }

    /** The conditional rows, a view. */
    INDArray conditional() {
        return rows.get(NDArrayIndex.interval(pictures(), rows.size(0)));
    }

    /** Classifier-free guidance. */
    INDArray guided(double scale) {
        return unconditional().add(conditional().sub(unconditional()).mul(scale));
    }
}
