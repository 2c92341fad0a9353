package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;

/**
 * S. Luo et al., "Latent Consistency Models", 2023: every call goes to a picture at once, and noise is added for the
 * next. The picture that {@link StepResult} tells is the consistency function's. Defaults of its own: beta 0.00085 to
 * 0.012, scaled_linear; the spacing is its own and not configured.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_lcm.py"
 */
public record LcmScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "LCMScheduler";
    private static final int USUAL_ORIGINAL_STEPS = 50;
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
        return NoiseSchedule.rescalable(config, new Betas(0.00085, 0.012, BetaSchedule.SCALED_LINEAR));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int originalSteps = requireNonNullElse(config.originalInferenceSteps(), USUAL_ORIGINAL_STEPS);
        if (originalSteps < 1 || originalSteps > config.trainTimesteps()) {
            throw new IllegalArgumentException("original_inference_steps is %d, must be from 1 to %d"
                    .formatted(originalSteps, config.trainTimesteps()));
        }
        if (steps < 1 || steps > originalSteps || skippedSteps < 0 || skippedSteps >= steps) {
            throw new IllegalArgumentException(
                    "%d steps of which %d are skipped; from 1 to %d (original_inference_steps) can be, one must be left"
                            .formatted(steps, skippedSteps, originalSteps));
        }
        int stride = config.trainTimesteps() / originalSteps;
        int[] timesteps = IntStream.range(0, steps)
                .map(i -> (originalSteps - (int) ((double) originalSteps / steps * i)) * stride - 1)
                .toArray();
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
