package org.sd15.pipeline.schedule;

/**
 * The model evaluated at one call of a solver whose samples are {@code picture + sigma * noise}, with sigma the ratio
 * of noise to signal: the form of k-diffusion.
 *
 * @param call the number of the call
 * @param level the noise of the sample
 * @param original the picture without noise that the model implies
 */
record ModelEvaluation(int call, NoiseLevel level, LinearCombination original) {

    static ModelEvaluation of(int call, NoiseLevel level, PredictionType prediction) {
        LinearCombination input = Space.VARIANCE_EXPLODING.modelInput(CallPlan.sample(call), level);
        return new ModelEvaluation(call, level, prediction.original(input, CallPlan.output(call), level));
    }

    /**
     * The picture that is implied after noise was added to the sample, though the model saw it without. As in diffusers, a
     * predicted noise is taken for that of the new level, a velocity for that of the old.
     *
     * @param raised the new level, as noise over signal
     * @param added the weight of the noise that is drawn at this call
     */
    ModelEvaluation churned(double raised, double added, PredictionType prediction) {
        NoiseLevel taken = prediction == PredictionType.EPSILON ? NoiseLevel.ofRatio(raised) : level;
        LinearCombination noisier = sample().plus(CallPlan.noise(call).times(added));
        LinearCombination input = Space.VARIANCE_EXPLODING.modelInput(noisier, taken);
        return new ModelEvaluation(call, level, prediction.original(input, CallPlan.output(call), taken));
    }

    LinearCombination sample() {
        return CallPlan.sample(call);
    }

    /** The change of the sample with sigma (T. Karras et al., 2022, equation 1 with s = 1). */
    LinearCombination derivative() {
        return sample().minus(original).times(1 / level.ratio());
    }

    CallPlan plan(double timestep, LinearCombination previous, boolean drawsNoise) {
        return new CallPlan(timestep, Space.VARIANCE_EXPLODING, level, original, previous, drawsNoise);
    }
}
