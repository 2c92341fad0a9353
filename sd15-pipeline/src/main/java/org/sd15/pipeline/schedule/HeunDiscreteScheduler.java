package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * Heun's method on the probability flow (T. Karras et al., 2022, algorithm 1): every step but the last takes two calls.
 * Defaults of its own: linspace spacing, beta 0.00085 to 0.012. The last step always ends without noise.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_heun_discrete.py"
 */
public record HeunDiscreteScheduler(SchedulerConfig config) implements TimestepsScheduler {

    private static final String NAME = "HeunDiscreteScheduler";

    /** Checks the configuration. */
    public HeunDiscreteScheduler {
        config.refuseClipping();
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, new Betas(0.00085, 0.012, BetaSchedule.LINEAR));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .fractional(steps);
        return sampler(timesteps, SigmaSpread.of(config), skippedSteps);
    }

    @Override
    public Sampler sampler(List<Double> timesteps, int skippedSteps) {
        return sampler(OwnTimesteps.fractional(config, timesteps, SigmaSpread.of(config)), null, skippedSteps);
    }

    private Sampler sampler(double[] timesteps, @Nullable SigmaSpread spread, int skippedSteps) {
        int steps = timesteps.length;
        SchedulerConfig toZero =
                config.toBuilder().finalSigmasType(FinalSigmasType.ZERO).build();
        SigmaGrid grid = SigmaGrid.fractional(noiseSchedule(), toZero, timesteps, spread);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            double change = grid.level(step + 1).ratio() - grid.level(step).ratio();
            ModelEvaluation start = ModelEvaluation.of(plans.size(), grid.level(step), config.prediction());
            plans.add(start.plan(
                    grid.timestep(step), start.sample().plus(start.derivative().times(change)), false));
            if (step + 1 < steps) {
                ModelEvaluation end = ModelEvaluation.of(plans.size(), grid.level(step + 1), config.prediction());
                LinearCombination mean =
                        start.derivative().plus(end.derivative()).times(0.5);
                plans.add(end.plan(grid.timestep(step + 1), start.sample().plus(mean.times(change)), false));
            }
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }
}
