package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * J. Zheng et al., "Trajectory Consistency Distillation", 2024: every call goes past the next timestep and comes back to
 * it with fresh noise. Defaults of its own: beta 0.00085 to 0.012, scaled_linear; the spacing is its own and not
 * configured.
 *
 * @param config the configuration
 * @param eta the paper's gamma, how far a call goes past the next timestep, from 0, without noise, to 1, as {@link
 *     LcmScheduler}. Pipelines of diffusers have 0, its class 0.3
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_tcd.py"
 */
public record TcdScheduler(SchedulerConfig config, double eta) implements TimestepsScheduler {

    private static final String NAME = "TCDScheduler";

    /** Checks the configuration. */
    public TcdScheduler {
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta is %s, must be from 0 to 1".formatted(eta));
        }
    }

    /** The deterministic one. */
    public TcdScheduler(SchedulerConfig config) {
        this(config, 0);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, LcmScheduler.BETAS);
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
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < timesteps.length; step++) {
            boolean last = step + 1 == timesteps.length;
            plans.add(plan(plans.size(), timesteps[step], last ? 0 : timesteps[step + 1], last));
        }
        return new Sampler(NAME, 1, plans);
    }

    private CallPlan plan(int call, int timestep, int next, boolean last) {
        NoiseSchedule schedule = noiseSchedule();
        NoiseLevel from = schedule.level(timestep);
        NoiseLevel past = schedule.level((int) Math.floor((float) (1 - eta) * next)); // in torch's single precision
        LinearCombination original = config.prediction().original(CallPlan.sample(call), CallPlan.output(call), from);
        LinearCombination epsilon = config.prediction().epsilon(CallPlan.sample(call), CallPlan.output(call), from);
        LinearCombination previous = original.times(past.alpha()).plus(epsilon.times(past.sigma()));
        boolean draws = eta > 0 && !last;
        if (draws) {
            double kept = schedule.level(next).alpha() / past.alpha();
            previous = previous.times(kept).plus(CallPlan.noise(call).times(Math.sqrt(1 - kept * kept)));
        }
        return new CallPlan(timestep, Space.VARIANCE_PRESERVING, from, original, previous, draws);
    }
}
