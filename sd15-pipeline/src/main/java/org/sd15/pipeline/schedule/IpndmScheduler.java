package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;

/**
 * The linear multistep method of {@link PndmScheduler}, started with lower orders, on levels of its own: a share t of a
 * run from 1 to 0 has sigma sin^2(t pi / 2), and the model's timestep goes from 1 to 0, and its output is taken for a
 * velocity. That is not what Stable Diffusion was trained on: it is here because diffusers loads it.
 *
 * @param config the configuration, of which only the number of training timesteps is read
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_ipndm.py"
 */
public record IpndmScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "IPNDMScheduler";

    /** Stands for a signal of zero where its reciprocal is needed. */
    private static final double SMALLEST_SIGNAL = 1e-8;

    /** Checks the configuration. */
    public IpndmScheduler {
        if (config.trainedBetas() != null) {
            throw new IllegalArgumentException(
                    "%s has levels of its own; trained_betas must not be set".formatted(NAME));
        }
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        TimestepGrid.of(config, SchedulerConfig.TimestepSpacing.LINSPACE).checkSteps(steps, skippedSteps);
        List<LinearCombination> newest = new ArrayList<>();
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            LinearCombination sample = CallPlan.sample(plans.size());
            LinearCombination output = CallPlan.output(plans.size());
            NoiseLevel from = level(step, steps);
            NoiseLevel to = level(step + 1, steps);
            newest.add(0, PredictionType.V_PREDICTION.epsilon(sample, output, from));
            LinearCombination slope = PndmScheduler.multistep(newest);
            LinearCombination previous = sample.minus(slope.times(from.sigma()))
                    .times(to.alpha() / Math.max(from.alpha(), SMALLEST_SIGNAL))
                    .plus(slope.times(to.sigma()));
            LinearCombination original = PredictionType.V_PREDICTION.original(sample, output, from);
            double timestep = Math.atan2(from.sigma(), from.alpha()) * 2 / Math.PI;
            plans.add(new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, false));
        }
        return new Sampler(NAME, 1, plans);
    }

    private static NoiseLevel level(int step, int steps) {
        double root = Math.sin((double) (steps - step) / steps * Math.PI / 2);
        double sigma = root * root;
        return new NoiseLevel(Math.sqrt(1 - sigma * sigma), sigma);
    }
}
