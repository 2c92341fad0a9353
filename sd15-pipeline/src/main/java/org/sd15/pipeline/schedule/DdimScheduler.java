package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * J. Song, C. Meng, S. Ermon, "Denoising Diffusion Implicit Models", 2020. Defaults of its own: leading spacing,
 * set_alpha_to_one true.
 *
 * @param config the configuration
 * @param eta how much of DDPM's noise a step adds, from 0, deterministic, to 1
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_ddim.py"
 */
public record DdimScheduler(SchedulerConfig config, double eta) implements Scheduler {

    private static final String NAME = "DDIMScheduler";

    /** Checks the configuration. */
    public DdimScheduler {
        config.refuseClipping();
        config.refuseThresholding();
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta is %s, must be from 0 to 1".formatted(eta));
        }
    }

    /** The deterministic one. */
    public DdimScheduler(SchedulerConfig config) {
        this(config, 0);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        return sampler(steps, skippedSteps, eta * eta);
    }

    /**
     * A run that weighs the predicted noise with {@code sqrt(1 - alpha'^2 - eta s^2)}, where the paper has
     * {@code eta^2}: for comparing numbers with code that makes this mistake. The same for eta 0 and 1.
     *
     * @see <a href="https://github.com/inbarhub/DDPM_inversion/blob/58fc881/ddm_inversion/inversion_utils.py">
     *     DDPM_inversion, inversion_utils.py</a>
     */
    public Sampler samplerWithUnsquaredEta(int steps, int skippedSteps) {
        return sampler(steps, skippedSteps, eta);
    }

    private Sampler sampler(int steps, int skippedSteps, double noiseShare) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LEADING)
                .checkSteps(steps, skippedSteps)
                .whole(steps);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            plans.add(plan(plans.size(), timesteps[step], steps, noiseShare));
        }
        return new Sampler(NAME, 1, plans);
    }

    /** The timestep that a step leads to; negative after the last. */
    public int previousTimestep(int timestep, int steps) {
        return timestep - config.trainTimesteps() / steps;
    }

    /**
     * The level of a timestep.
     *
     * @param timestep a negative one is the end of the run: no noise with set_alpha_to_one, else the level of timestep
     *     0
     */
    public NoiseLevel level(int timestep) {
        return noiseSchedule().levelOrEnd(timestep, requireNonNullElse(config.setAlphaToOne(), true));
    }

    /** The variance that a step adds with eta 1 (equation 16 of the paper). */
    public double variance(int timestep, int steps) {
        return variance(level(timestep), level(previousTimestep(timestep, steps)));
    }

    private static double variance(NoiseLevel from, NoiseLevel to) {
        double signal = from.alpha() / to.alpha();
        double noise = to.sigma() / from.sigma();
        return noise * noise * (1 - signal * signal);
    }

    private CallPlan plan(int call, int timestep, int steps, double noiseShare) {
        NoiseLevel from = level(timestep);
        NoiseLevel to = level(previousTimestep(timestep, steps));
        LinearCombination original = config.prediction().original(CallPlan.sample(call), CallPlan.output(call), from);
        LinearCombination epsilon = config.prediction().epsilon(CallPlan.sample(call), CallPlan.output(call), from);
        double variance = eta == 0 ? 0 : variance(from, to);
        double direction = Math.sqrt(to.sigma() * to.sigma() - noiseShare * variance);
        LinearCombination previous = original.times(to.alpha())
                .plus(epsilon.times(direction))
                .plus(CallPlan.noise(call).times(eta * Math.sqrt(variance)));
        return new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, eta > 0);
    }
}
