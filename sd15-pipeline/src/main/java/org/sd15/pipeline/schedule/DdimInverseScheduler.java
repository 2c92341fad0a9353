package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * DDIM backwards, from a picture to the noise that leads to it. Timesteps ascend; at the call with timestep t the
 * sample is still one step below, and the model is asked at t, so that {@link DdimScheduler} with the same model output
 * undoes the step. Defaults as there.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_ddim_inverse.py"
 */
public record DdimInverseScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "DDIMInverseScheduler";

    /** Checks the configuration. */
    public DdimInverseScheduler {
        config.refuseClipping();
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL);
    }

    /** {@inheritDoc} The steps skipped are those next to the picture. */
    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LEADING)
                .checkSteps(steps, skippedSteps)
                .whole(steps);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            plans.add(plan(plans.size(), timesteps[steps - 1 - step], steps));
        }
        return new Sampler(NAME, 1, plans);
    }

    private CallPlan plan(int call, int timestep, int steps) {
        DdimScheduler forward = new DdimScheduler(config);
        NoiseLevel from = forward.level(forward.previousTimestep(timestep, steps));
        NoiseLevel to = forward.level(timestep);
        LinearCombination original = config.prediction().original(CallPlan.sample(call), CallPlan.output(call), from);
        LinearCombination epsilon = config.prediction().epsilon(CallPlan.sample(call), CallPlan.output(call), from);
        LinearCombination previous = original.times(to.alpha()).plus(epsilon.times(to.sigma()));
        return new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, false);
    }
}
