package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.SchedulerConfig.VarianceType;

/**
 * J. Ho, A. Jain, P. Abbeel, "Denoising Diffusion Probabilistic Models", 2020, on any subset of the timesteps. Defaults
 * of its own: leading spacing, variance_type fixed_small. The last step always ends without noise.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_ddpm.py"
 */
public record DdpmScheduler(SchedulerConfig config) implements TimestepsScheduler {

    private static final String NAME = "DDPMScheduler";
    private static final double SMALLEST_VARIANCE = 1e-20;

    /** Checks the configuration. */
    public DdpmScheduler {
        config.refuseClipping();
        config.refuseThresholding();
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LEADING)
                .checkSteps(steps, skippedSteps)
                .whole(steps);
        return sampler(timesteps, skippedSteps);
    }

    @Override
    public Sampler sampler(List<Double> timesteps, int skippedSteps) {
        return sampler(OwnTimesteps.whole(config, timesteps, null), skippedSteps);
    }

    private Sampler sampler(int[] timesteps, int skippedSteps) {
        int steps = timesteps.length;
        NoiseSchedule schedule = noiseSchedule();
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            NoiseLevel to = schedule.levelOrEnd(step + 1 < steps ? timesteps[step + 1] : -1, true);
            plans.add(plan(plans.size(), timesteps[step], schedule.level(timesteps[step]), to));
        }
        return new Sampler(NAME, 1, plans);
    }

    /** Equation 7 of the paper. */
    private CallPlan plan(int call, int timestep, NoiseLevel from, NoiseLevel to) {
        double kept = from.alpha() / to.alpha();
        double beta = 1 - kept * kept;
        double noise = from.sigma() * from.sigma();
        double noiseLeft = to.sigma() * to.sigma();
        double variance = switch (requireNonNullElse(config.varianceType(), VarianceType.FIXED_SMALL)) {
            case FIXED_SMALL -> Math.max(noiseLeft / noise * beta, SMALLEST_VARIANCE);
            case FIXED_LARGE -> beta;
        };
        LinearCombination sample = CallPlan.sample(call);
        LinearCombination original = config.prediction().original(sample, CallPlan.output(call), from);
        LinearCombination mean = original.times(to.alpha() * beta / noise).plus(sample.times(kept * noiseLeft / noise));
        LinearCombination previous =
                timestep > 0 ? mean.plus(CallPlan.noise(call).times(Math.sqrt(variance))) : mean;
        return new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, timestep > 0);
    }
}
