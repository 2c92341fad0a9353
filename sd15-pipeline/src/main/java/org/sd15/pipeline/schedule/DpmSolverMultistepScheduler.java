package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;
import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * C. Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", 2022, multistep, of
 * order 1 to 3. Defaults of its own: linspace spacing, dpmsolver++ of order 2 with the midpoint rule.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_dpmsolver_multistep.py"
 */
public record DpmSolverMultistepScheduler(SchedulerConfig config) implements TimestepsScheduler {

    private static final String NAME = "DPMSolverMultistepScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Fewer steps than this end with lower orders. */
    private static final int FEW_STEPS = 15;

    /** Checks the configuration. */
    public DpmSolverMultistepScheduler {
        config.refuseThresholding();
        int highest = form(config) == AlgorithmType.SDE_DPMSOLVER ? HIGHEST_ORDER - 1 : HIGHEST_ORDER;
        if (order(config) < 1 || order(config) > highest) {
            throw new IllegalArgumentException("solver_order is %d, must be from 1 to %d for algorithm_type %s"
                    .formatted(order(config), highest, form(config).spelling()));
        }
        if (!ExponentialStep.ofPictures(form(config)) && endsWithoutNoise(config)) {
            throw new IllegalArgumentException(
                    "algorithm_type %s cannot end without noise; set final_sigmas_type to sigma_min"
                            .formatted(form(config).spelling()));
        }
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.rescalable(config, Betas.USUAL).withoutZero();
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .withoutLast(steps);
        return sampler(timesteps, skippedSteps);
    }

    /**
     * A run over given timesteps, as diffusers' {@code set_timesteps(timesteps=...)}.
     *
     * @param timesteps of the training, descending
     * @throws IllegalArgumentException if they don't descend or are none of the training's
     */
    public Sampler sampler(List<Integer> timesteps) {
        return sampler(timesteps.stream().map(Integer::doubleValue).toList(), 0);
    }

    @Override
    public Sampler sampler(List<Double> timesteps, int skippedSteps) {
        return sampler(OwnTimesteps.whole(config, timesteps, SigmaSpread.ofAny(config)), skippedSteps);
    }

    private Sampler sampler(int[] timesteps, int skippedSteps) {
        int steps = timesteps.length;
        SigmaGrid grid = SigmaGrid.whole(noiseSchedule(), config, timesteps, SigmaSpread.ofAny(config));
        MultistepRule rule = config.solverType() == SolverType.HEUN ? MultistepRule.HEUN : MultistepRule.MIDPOINT;
        return new MultistepSolver(
                        NAME, form(config), config.prediction(), rule, (step, call) -> order(step, call, steps))
                .sampler(grid, skippedSteps);
    }

    private int order(int step, int call, int steps) {
        boolean few = requireNonNullElse(config.lowerOrderFinal(), true) && steps < FEW_STEPS;
        boolean last = step == steps - 1;
        if (last && (few || isTrue(config.eulerAtFinal()) || endsWithoutNoise(config))) {
            return 1;
        }
        int order = MultistepSolver.possible(order(config), call);
        return few && step == steps - 2 ? Math.min(order, 2) : order;
    }

    private static int order(SchedulerConfig config) {
        return requireNonNullElse(config.solverOrder(), 2);
    }

    private static AlgorithmType form(SchedulerConfig config) {
        return requireNonNullElse(config.algorithmType(), AlgorithmType.DPMSOLVER_PLUS_PLUS);
    }

    private static boolean endsWithoutNoise(SchedulerConfig config) {
        return config.finalSigmasType() != FinalSigmasType.SIGMA_MIN;
    }
}
