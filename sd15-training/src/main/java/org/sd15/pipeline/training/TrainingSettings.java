package org.sd15.pipeline.training;

import org.jspecify.annotations.Nullable;

/**
 * How a run steps.
 *
 * @param learningRate the rate of every step, and how many there are
 * @param optimizer constants of AdamW
 * @param maxGradNorm the norm to which gradients are clipped
 * @param accumulate batches whose gradients make one step
 * @param ema decay of the average of the weights, or null for none
 * @param notFinite what to do when a loss is not a number
 */
public record TrainingSettings(
        LearningRate learningRate,
        AdamWSettings optimizer,
        double maxGradNorm,
        int accumulate,
        @Nullable EmaDecay ema,
        NotFinite notFinite) {

    /** What to do with a step whose loss or gradients are infinite or not a number. */
    public enum NotFinite {
        /** End the run with an error. */
        FAIL,
        /** Leave the weights as they are, count it, continue. */
        SKIP
    }

    /** Checks the ranges. */
    public TrainingSettings {
        if (!(maxGradNorm > 0) || accumulate < 1) {
            throw new IllegalArgumentException(
                    "gradients clipped to %s, %d batches a step: the norm must be positive, and there must be a batch"
                            .formatted(maxGradNorm, accumulate));
        }
    }

    /** As diffusers' training scripts have it. */
    public static TrainingSettings of(LearningRate learningRate) {
        return new TrainingSettings(learningRate, AdamWSettings.USUAL, 1, 1, null, NotFinite.FAIL);
    }

    /** Another rate, and another number of steps perhaps. */
    public TrainingSettings withLearningRate(LearningRate rate) {
        return new TrainingSettings(rate, optimizer, maxGradNorm, accumulate, ema, notFinite);
    }

    /** Another norm to which gradients are clipped. */
    public TrainingSettings clippedTo(double norm) {
        return new TrainingSettings(learningRate, optimizer, norm, accumulate, ema, notFinite);
    }

    /** Other constants of AdamW. */
    public TrainingSettings withOptimizer(AdamWSettings constants) {
        return new TrainingSettings(learningRate, constants, maxGradNorm, accumulate, ema, notFinite);
    }

    /** Several batches a step. */
    public TrainingSettings accumulating(int batches) {
        return new TrainingSettings(learningRate, optimizer, maxGradNorm, batches, ema, notFinite);
    }

    /** With an average of the weights. */
    public TrainingSettings averaging(EmaDecay decay) {
        return new TrainingSettings(learningRate, optimizer, maxGradNorm, accumulate, decay, notFinite);
    }

    /** Another way with losses that are not numbers. */
    public TrainingSettings onNotFinite(NotFinite way) {
        return new TrainingSettings(learningRate, optimizer, maxGradNorm, accumulate, ema, way);
    }

    /** What must be the same when a run is resumed; its length may change. */
    String fingerprint() {
        return "%s, peak %s, warm-up %d, %s, clipped to %s, %d batches a step, ema %s"
                .formatted(
                        learningRate.shape(),
                        learningRate.peak(),
                        learningRate.warmup(),
                        optimizer,
                        maxGradNorm,
                        accumulate,
                        ema);
    }
}
