package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.LinearCombination.Quantity.CORRECTED_SAMPLE;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.MODEL_OUTPUT;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.NOISE;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.SAMPLE;

import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call of the model within a run, as numbers. Sums are over the tensors of this call and of earlier ones, which are
 * named by the call's number; see {@link #sample}, {@link #output}, {@link #noise}.
 *
 * @param timestep of the model's input, in training steps; need not be whole
 * @param space the form of the samples
 * @param level the noise of the sample that enters the call
 * @param original the picture without noise that the call predicts
 * @param corrected the sample that enters the call, corrected in hindsight; null for solvers that do not correct
 * @param previous the sample that leaves the call, one step closer to the picture
 * @param drawsNoise whether diffusers draws noise at this call, even if its weight is 0
 */
public record CallPlan(
        double timestep,
        Space space,
        NoiseLevel level,
        LinearCombination original,
        @Nullable LinearCombination corrected,
        LinearCombination previous,
        boolean drawsNoise) {

    /** A call without a correction. */
    public CallPlan(
            double timestep,
            Space space,
            NoiseLevel level,
            LinearCombination original,
            LinearCombination previous,
            boolean drawsNoise) {
        this(timestep, space, level, original, null, previous, drawsNoise);
    }

    /** The sample that enters a call. */
    public static LinearCombination sample(int call) {
        return LinearCombination.of(call, SAMPLE);
    }

    /** What the model makes of that sample. */
    public static LinearCombination output(int call) {
        return LinearCombination.of(call, MODEL_OUTPUT);
    }

    /** The noise drawn at a call, of unit variance; the plan must say {@link #drawsNoise}. */
    public static LinearCombination noise(int call) {
        return LinearCombination.of(call, NOISE);
    }

    /** The sample that enters a call as {@link #corrected} gives it. */
    public static LinearCombination correctedSample(int call) {
        return LinearCombination.of(call, CORRECTED_SAMPLE);
    }

    /** What the sampler computes at this call, in order. */
    Stream<LinearCombination> parts() {
        return Stream.of(original, corrected, previous).filter(Objects::nonNull);
    }
}
