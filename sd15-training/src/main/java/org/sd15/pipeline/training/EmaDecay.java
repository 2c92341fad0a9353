package org.sd15.pipeline.training;

/**
 * How fast the moving average of the weights forgets.
 *
 * @param decay part of the average that stays each step
 * @param rampsUp whether early steps decay faster, by {@code (1 + k) / (10 + k)} at most and 0 at first, as in
 *     diffusers' {@code EMAModel}
 */
public record EmaDecay(double decay, boolean rampsUp) {

    /** Checks the range. */
    public EmaDecay {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("EMA decay is %s, must lie in [0, 1)".formatted(decay));
        }
    }

    /** The decay after the update of a step, counted from 1. */
    double after(int step) {
        int earlier = step - 1;
        double ramp = earlier == 0 ? 0 : (1.0 + earlier) / (10 + earlier);
        return rampsUp ? Math.min(decay, ramp) : decay;
    }
}
