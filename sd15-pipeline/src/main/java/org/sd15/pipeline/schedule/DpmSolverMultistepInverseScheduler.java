package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;
import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * {@link DpmSolverMultistepScheduler} backwards, from a picture to the noise that leads to it: timesteps ascend to the
 * highest level of the training. Defaults as there. Where a spread of levels gives a timestep twice, diffusers leaves
 * the second call out and continues with the levels as if it had been made; so does this.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_dpmsolver_multistep_inverse.py"
 */
public record DpmSolverMultistepInverseScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "DPMSolverMultistepInverseScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Fewer steps than this end with lower orders. */
    private static final int FEW_STEPS = 15;

    /** Checks the configuration. */
    public DpmSolverMultistepInverseScheduler {
        config.refuseThresholding();
        int order = requireNonNullElse(config.solverOrder(), 2);
        if (order < 1 || order > HIGHEST_ORDER) {
            throw new IllegalArgumentException(
                    "solver_order is %d, must be from 1 to %d".formatted(order, HIGHEST_ORDER));
        }
        if (ExponentialStep.isStochastic(form(config))) {
            throw new IllegalArgumentException(
                    "algorithm_type %s adds noise and can't be inverted; set it to dpmsolver++"
                            .formatted(form(config).spelling()));
        }
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    /** {@inheritDoc} The steps skipped are those next to the picture. */
    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .ascending(steps);
        SigmaGrid grid = SigmaGrid.rising(noiseSchedule(), timesteps, SigmaSpread.of(config));
        MultistepRule rule = config.solverType() == SolverType.HEUN ? MultistepRule.HEUN : MultistepRule.MIDPOINT;
        return new MultistepSolver(
                        NAME,
                        form(config),
                        config.prediction(),
                        rule,
                        (step, call) -> order(grid.steps() - step, call, grid.steps()))
                .sampler(grid, skippedSteps);
    }

    private int order(int left, int call, int steps) {
        boolean few = requireNonNullElse(config.lowerOrderFinal(), true) && steps < FEW_STEPS;
        int order = MultistepSolver.possible(requireNonNullElse(config.solverOrder(), 2), call);
        int allowed = few ? Math.min(order, left) : order;
        return left == 1 && isTrue(config.eulerAtFinal()) ? 1 : allowed;
    }

    private static AlgorithmType form(SchedulerConfig config) {
        return requireNonNullElse(config.algorithmType(), AlgorithmType.DPMSOLVER_PLUS_PLUS);
    }
}
