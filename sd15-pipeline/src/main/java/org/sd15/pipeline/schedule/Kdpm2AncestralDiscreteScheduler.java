package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;

/**
 * {@link Kdpm2DiscreteScheduler} with fresh noise at every step: down to less noise than the next level has, then up to
 * it. The geometric mean of the level where a step begins and the one that it goes down to is the next level. Defaults as
 * there.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_k_dpm_2_ancestral_discrete.py"
 */
public record Kdpm2AncestralDiscreteScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "KDPM2AncestralDiscreteScheduler";

    /** Checks the configuration. */
    public Kdpm2AncestralDiscreteScheduler {
        config.refuseSamplePrediction(NAME);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, new Betas(0.00085, 0.012, BetaSchedule.LINEAR));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        SigmaGrid grid = Kdpm2DiscreteScheduler.grid(noiseSchedule(), config, steps, skippedSteps);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            NoiseLevel next = grid.level(step + 1);
            double from = grid.level(step).ratio();
            ModelEvaluation start = ModelEvaluation.of(plans.size(), grid.level(step), config.prediction());
            plans.add(start.plan(
                    grid.timestep(step), start.sample().plus(start.derivative().times(next.ratio() - from)), false));
            if (step + 1 < steps) {
                AncestralStep ancestral = AncestralStep.between(from, next.ratio());
                ModelEvaluation middle = ModelEvaluation.of(plans.size(), next, config.prediction());
                LinearCombination previous = start.sample()
                        .plus(middle.derivative().times(ancestral.down() - from))
                        .plus(CallPlan.noise(middle.call()).times(ancestral.up()));
                plans.add(middle.plan(grid.timestepOf(next), previous, true));
            }
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }
}
