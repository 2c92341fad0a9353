package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * Euler's method on the probability flow (T. Karras et al., "Elucidating the Design Space of Diffusion-Based Generative
 * Models", 2022, algorithm 2). Defaults of its own: linspace spacing.
 *
 * @param config the configuration
 * @param churn noise that is added before every step; none by default
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_euler_discrete.py"
 */
public record EulerDiscreteScheduler(SchedulerConfig config, Churn churn) implements TimestepsScheduler {

    private static final String NAME = "EulerDiscreteScheduler";

    /** Without churn. */
    public EulerDiscreteScheduler(SchedulerConfig config) {
        this(config, Churn.NONE);
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
        return sampler(timesteps, SigmaSpread.of(config), skippedSteps);
    }

    @Override
    public Sampler sampler(List<Double> timesteps, int skippedSteps) {
        return sampler(OwnTimesteps.fractional(config, timesteps, SigmaSpread.of(config)), null, skippedSteps);
    }

    /**
     * This scheduler for requests with as many steps as there are levels given but one, diffusers' {@code sigmas=} of a
     * pipeline.
     *
     * @param sigmas noise over signal, descending, the one that the last step ends on included
     * @throws IllegalArgumentException if they don't descend or there are fewer than two
     */
    public Scheduler withSigmas(List<Double> sigmas) {
        return new OwnSigmas(this, sigmas);
    }

    private Sampler sampler(double[] timesteps, @Nullable SigmaSpread spread, int skippedSteps) {
        return sampler(SigmaGrid.fractional(noiseSchedule(), config, timesteps, spread), skippedSteps);
    }

    Sampler sampler(SigmaGrid grid, int skippedSteps) {
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < grid.steps(); step++) {
            plans.add(plan(plans.size(), grid, step));
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }

    private CallPlan plan(int call, SigmaGrid grid, int step) {
        ModelEvaluation now = ModelEvaluation.of(call, grid.level(step), config.prediction());
        double to = grid.level(step + 1).ratio();
        double from = now.level().ratio();
        double raised = churn.raised(from, grid.steps());
        if (raised == from) {
            return now.plan(
                    grid.timestep(step), now.sample().plus(now.derivative().times(to - from)), false);
        }
        double added = churn.noise() * Math.sqrt(raised * raised - from * from);
        ModelEvaluation noisier = now.churned(raised, added, config.prediction());
        LinearCombination sample = now.sample().plus(CallPlan.noise(call).times(added));
        LinearCombination slope = sample.minus(noisier.original()).times(1 / raised);
        return noisier.plan(grid.timestep(step), sample.plus(slope.times(to - raised)), true);
    }
}
