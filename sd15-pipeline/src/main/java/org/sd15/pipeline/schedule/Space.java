package org.sd15.pipeline.schedule;

/** The form in which a solver keeps its samples. */
public enum Space {
    /** {@code alpha * picture + sigma * noise}, of variance 1: as the model wants it. */
    VARIANCE_PRESERVING,
    /** {@code picture + sigma / alpha * noise}: the noise grows, the picture stays. */
    VARIANCE_EXPLODING;

    /** What the model is given for a sample. */
    public LinearCombination modelInput(LinearCombination sample, NoiseLevel level) {
        return switch (this) {
            case VARIANCE_PRESERVING -> sample;
            case VARIANCE_EXPLODING -> sample.times(level.alpha());
        };
    }

    /** A picture with noise. */
    public LinearCombination noised(LinearCombination clean, LinearCombination noise, NoiseLevel level) {
        return switch (this) {
            case VARIANCE_PRESERVING -> clean.times(level.alpha()).plus(noise.times(level.sigma()));
            case VARIANCE_EXPLODING -> clean.plus(noise.times(level.ratio()));
        };
    }
}
