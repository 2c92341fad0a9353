package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * Euler's method with fresh noise at every step: down to less noise than the next level has, then up to it (K. Crowson,
 * k-diffusion). Defaults of its own: linspace spacing. It ignores use_karras_sigmas and final_sigmas_type, as in
 * diffusers.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_euler_ancestral_discrete.py"
 */
public record EulerAncestralDiscreteScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "EulerAncestralDiscreteScheduler";

    /** Checks the configuration. */
    public EulerAncestralDiscreteScheduler {
        config.refuseSamplePrediction(NAME);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL).withoutZero();
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .fractional(steps);
        SchedulerConfig toZero =
                config.toBuilder().finalSigmasType(FinalSigmasType.ZERO).build();
        SigmaGrid grid = SigmaGrid.fractional(noiseSchedule(), toZero, timesteps, null);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            ModelEvaluation now = ModelEvaluation.of(plans.size(), grid.level(step), config.prediction());
            double from = grid.level(step).ratio();
            double to = grid.level(step + 1).ratio();
            AncestralStep ancestral = AncestralStep.between(from, to);
            LinearCombination previous = now.sample()
                    .plus(now.derivative().times(ancestral.down() - from))
                    .plus(CallPlan.noise(now.call()).times(ancestral.up()));
            plans.add(now.plan(grid.timestep(step), previous, true));
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }
}
