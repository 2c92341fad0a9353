package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * Euler's method on the probability flow (T. Karras et al., "Elucidating the Design Space of Diffusion-Based Generative
 * Models", 2022, algorithm 2 without churn). Defaults of its own: linspace spacing.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_euler_discrete.py"
 */
public record EulerDiscreteScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "EulerDiscreteScheduler";

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL).withoutZero();
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .fractional(steps);
        SigmaGrid grid = SigmaGrid.fractional(noiseSchedule(), config, timesteps, isTrue(config.useKarrasSigmas()));
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            Evaluation now = Evaluation.of(plans.size(), grid.level(step), config.prediction());
            double change = grid.level(step + 1).ratio() - grid.level(step).ratio();
            plans.add(now.plan(
                    grid.timestep(step), now.sample().plus(now.derivative().times(change)), false));
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }
}
