package org.sd15.pipeline.schedule;

import java.util.List;

/** A scheduler that also runs over given timesteps: those whose {@code set_timesteps} takes them in diffusers. */
public interface TimestepsScheduler extends Scheduler {

    /**
     * A run over given timesteps, diffusers' {@code set_timesteps(timesteps=...)}.
     *
     * @param timesteps of the training, descending; whole numbers but for Euler and Heun
     * @param skippedSteps how many of them are left out at the start
     * @throws IllegalArgumentException if they don't descend, are none of the training's, or the configuration spreads
     *     the noise levels in a way of its own
     */
    Sampler sampler(List<Double> timesteps, int skippedSteps);

    /**
     * This scheduler for requests with as many steps as there are timesteps given, diffusers' {@code timesteps=} of a
     * pipeline.
     */
    default Scheduler withTimesteps(List<Double> timesteps) {
        return new OwnTimesteps(this, timesteps);
    }
}
