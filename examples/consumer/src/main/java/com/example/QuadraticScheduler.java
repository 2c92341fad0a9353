package com.example;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.CallPlan;
import org.sd15.pipeline.schedule.LinearCombination;
import org.sd15.pipeline.schedule.NoiseLevel;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.Space;

/**
 * A scheduler: DDIM's steps, long at the start and short at the end.
 *
 * @param config of the model
 */
record QuadraticScheduler(SchedulerConfig config) implements Scheduler {

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config);
    }

    /** The time step that a step begins with; that of the step after the last is 0. */
    int timestep(int step, int steps) {
        double left = 1 - (double) step / steps;
        return (int) Math.round(left * left * (noiseSchedule().timesteps() - 1));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            int call = plans.size();
            int timestep = timestep(step, steps);
            NoiseLevel from = noiseSchedule().level(timestep);
            NoiseLevel to = noiseSchedule().level(timestep(step + 1, steps));
            LinearCombination sample = CallPlan.sample(call);
            LinearCombination output = CallPlan.output(call);
            LinearCombination original = config.prediction().original(sample, output, from);
            LinearCombination epsilon = config.prediction().epsilon(sample, output, from);
            LinearCombination previous = original.times(to.alpha()).plus(epsilon.times(to.sigma()));
            plans.add(new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, false));
        }
        return new Sampler("QuadraticScheduler", 1, plans);
    }
}
