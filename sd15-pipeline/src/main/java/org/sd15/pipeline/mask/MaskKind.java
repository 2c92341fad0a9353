package org.sd15.pipeline.mask;

/** What limits a concept to a part of the picture. */
public enum MaskKind {
    /** Where its words draw attention: M1 of the paper. */
    ATTENTION,
    /** Where it changes the prediction most: M2. */
    NOISE,
    /** Where both are; attention alone while there is so much noise that a prediction says little about places. */
    BOTH;

    /** Whether cross attention decides. */
    public boolean readsAttention() {
        return this != NOISE;
    }

    /** Whether the difference of noise predictions decides at a timestep. */
    public boolean readsNoise(double timestep) {
        return this == NOISE || (this == BOTH && timestep <= LAST_WITHOUT_NOISE_MASK);
    }

    /** The timestep above which diffusers takes attention alone. */
    private static final double LAST_WITHOUT_NOISE_MASK = 800;
}
