package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.stream.IntStream;

/** The timesteps of a run of a consistency model: some of those that it was distilled on. */
final class DistilledTimesteps {

    private static final int USUAL_ORIGINAL_STEPS = 50;

    private DistilledTimesteps() {}

    /** Evenly spread over {@code original_inference_steps}, from the noisiest. */
    static int[] of(SchedulerConfig config, int steps, int skippedSteps) {
        int originalSteps = requireNonNullElse(config.originalInferenceSteps(), USUAL_ORIGINAL_STEPS);
        if (originalSteps < 1 || originalSteps > config.trainTimesteps()) {
            throw new IllegalArgumentException("original_inference_steps is %d, must be from 1 to %d"
                    .formatted(originalSteps, config.trainTimesteps()));
        }
        if (steps < 1 || steps > originalSteps || skippedSteps < 0 || skippedSteps >= steps) {
            throw new IllegalArgumentException(
                    "%d steps of which %d are skipped; from 1 to %d (original_inference_steps) can be, one must be left"
                            .formatted(steps, skippedSteps, originalSteps));
        }
        int stride = config.trainTimesteps() / originalSteps;
        return IntStream.range(0, steps)
                .map(i -> (originalSteps - (int) ((double) originalSteps / steps * i)) * stride - 1)
                .toArray();
    }
}
