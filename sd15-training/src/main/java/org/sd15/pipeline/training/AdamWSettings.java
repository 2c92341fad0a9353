package org.sd15.pipeline.training;

/**
 * The constants of AdamW.
 *
 * @param beta1 decay of the mean of the gradients
 * @param beta2 decay of the mean of their squares
 * @param epsilon added to the root of the latter
 * @param weightDecay part of a weight, times the learning rate, that is taken off each step
 */
public record AdamWSettings(double beta1, double beta2, double epsilon, double weightDecay) {

    /** What diffusers' training scripts take. */
    public static final AdamWSettings USUAL = new AdamWSettings(0.9, 0.999, 1e-8, 1e-2);

    /** Checks the ranges. */
    public AdamWSettings {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && weightDecay >= 0)) {
            throw new IllegalArgumentException(
                    "AdamW with betas %s and %s, epsilon %s, weight decay %s: betas lie in [0, 1), epsilon is positive, decay not negative"
                            .formatted(beta1, beta2, epsilon, weightDecay));
        }
    }

    /** Another weight decay. */
    public AdamWSettings withWeightDecay(double decay) {
        return new AdamWSettings(beta1, beta2, epsilon, decay);
    }
}
