package org.sd15.pipeline.schedule;

/**
 * Noise that is added to the sample before a step, so that later steps can correct earlier ones (T. Karras et al., 2022,
 * algorithm 2), named as in diffusers.
 *
 * @param churn s_churn, how much in all: a step multiplies its level by one and the share of it that it has, at most by
 *     the root of two; 0 for none
 * @param tmin s_tmin, the lowest level, as noise over signal, at which noise is added
 * @param tmax s_tmax, the highest
 * @param noise s_noise, the deviation of the noise
 */
public record Churn(double churn, double tmin, double tmax, double noise) {

    /** No noise is added. */
    public static final Churn NONE = new Churn(0, 0, Double.POSITIVE_INFINITY, 1);

    /** Checks the numbers. */
    public Churn {
        if (!(churn >= 0 && tmin >= 0 && tmax >= tmin && noise >= 0)) {
            throw new IllegalArgumentException(
                    "churn %s from %s to %s with noise %s: all must be 0 or more, the range must not be empty"
                            .formatted(churn, tmin, tmax, noise));
        }
    }

    /** The same at every level, with noise of unit variance. */
    public Churn(double churn) {
        this(churn, 0, Double.POSITIVE_INFINITY, 1);
    }

    /** The level that a step starts from in truth. */
    double raised(double sigma, int steps) {
        boolean within = sigma >= tmin && sigma <= tmax;
        return within ? sigma * (1 + Math.min(churn / steps, Math.sqrt(2) - 1)) : sigma;
    }
}
