package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;

/**
 * S. Luo et al., "Latent Consistency Models", 2023: every call goes to a picture at once, and noise is added for the
 * next. The picture in {@link StepResult} is the consistency function's. Defaults of its own: beta 0.00085 to
 * 0.012, scaled_linear; the spacing is its own and not configured.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_lcm.py"
 */
public record LcmScheduler(SchedulerConfig config) implements TimestepsScheduler {

    /** What consistency models of latent diffusion are distilled with. */
    static final Betas BETAS = new Betas(0.00085, 0.012, BetaSchedule.SCALED_LINEAR);

    private static final String NAME = "LCMScheduler";
    private static final double USUAL_TIMESTEP_SCALING = 10;

    /** The deviation of the data in the boundary condition. */
    private static final double SIGMA_DATA = 0.5;

    /** Checks the configuration. */
    public LcmScheduler {
        config.refuseClipping();
        config.refuseThresholding();
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, BETAS);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        return sampler(DistilledTimesteps.of(config, steps, skippedSteps), skippedSteps);
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
            NoiseLevel from = schedule.level(timesteps[step]);
            LinearCombination denoised = denoised(plans.size(), timesteps[step], from);
            boolean last = step + 1 == steps;
            LinearCombination previous = last
                    ? denoised
                    : Space.VARIANCE_PRESERVING.noised(
                            denoised, CallPlan.noise(plans.size()), schedule.level(timesteps[step + 1]));
            plans.add(new CallPlan(timesteps[step], Space.VARIANCE_PRESERVING, from, denoised, previous, !last));
        }
        return new Sampler(NAME, 1, plans);
    }

    /** The consistency function, which leaves a picture of timestep 0 as it is (equation 8 of the paper). */
    private LinearCombination denoised(int call, int timestep, NoiseLevel level) {
        double scaled = timestep * requireNonNullElse(config.timestepScaling(), USUAL_TIMESTEP_SCALING);
        double skip = SIGMA_DATA * SIGMA_DATA / (scaled * scaled + SIGMA_DATA * SIGMA_DATA);
        double out = scaled / Math.hypot(scaled, SIGMA_DATA);
        LinearCombination sample = CallPlan.sample(call);
        LinearCombination original = config.prediction().original(sample, CallPlan.output(call), level);
        return original.times(out).plus(sample.times(skip));
    }
}
