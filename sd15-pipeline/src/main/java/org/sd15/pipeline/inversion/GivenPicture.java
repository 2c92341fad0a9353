package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A picture that is inverted when the edit is prepared.
 *
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}
 * @param inverter how it is turned into noise
 * @param replay what keeps the source on that way
 * @param skip share of the steps, next to the noise, that are left out
 */
public record GivenPicture(INDArray picture, Inverter inverter, Replay replay, double skip) implements SourcePicture {

    /** Checks the share. */
    public GivenPicture {
        requireShare(skip);
    }

    /** A picture under one of the known methods. */
    public GivenPicture(INDArray picture, InversionMethod method, double skip) {
        this(picture, method.inverter(), method.replay(), skip);
    }

    /** Refuses shares that leave no step. */
    static void requireShare(double skip) {
        if (!(skip >= 0 && skip < 1)) {
            throw new IllegalArgumentException("skip is %s, must be from 0 to below 1".formatted(skip));
        }
    }
}
