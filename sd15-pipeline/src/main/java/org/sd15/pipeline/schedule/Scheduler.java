package org.sd15.pipeline.schedule;

/**
 * A way from noise to a picture: a configuration under one of diffusers' scheduler classes, or a user-defined one.
 * Immutable and thread-safe.
 *
 * <p>A scheduler says, for every call of the model, which timestep it is and what sum of tensors leads to the next sample:
 * a list of {@link CallPlan}s for a {@link Sampler}. An implementation can be given to any run; an entry in {@link
 * Schedulers} makes it known by its name as well.
 *
 * @see <a
 *     href="https://github.com/huggingface/diffusers/tree/v0.42.1/src/diffusers/schedulers">diffusers, schedulers</a>
 */
public interface Scheduler {

    /** What it was made from. */
    SchedulerConfig config();

    /** The noise of the training timesteps, as this class reads the configuration. */
    NoiseSchedule noiseSchedule();

    /** A run from pure noise. */
    default Sampler sampler(int steps) {
        return sampler(steps, 0);
    }

    /**
     * A run that starts late, as image-to-image does: its call 0 is the one that the first step after those skipped
     * begins with, and a multistep solver starts without memory there.
     *
     * @param steps the steps of the whole run
     * @param skippedSteps how many of them are left out at the start
     * @throws IllegalArgumentException if there cannot be that many
     */
    Sampler sampler(int steps, int skippedSteps);
}
