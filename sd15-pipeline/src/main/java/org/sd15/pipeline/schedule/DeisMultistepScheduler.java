package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * Q. Zhang, Y. Chen, "Fast Sampling of Diffusion Models with Exponential Integrator", 2022: the polynomial through the
 * newest predictions of the noise, in the logarithm of the noise level, integrated exactly; of order 1 to 3. Defaults of
 * its own: linspace spacing, order 2. A run always ends at the level of timestep 0.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_deis_multistep.py"
 */
public record DeisMultistepScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "DEISMultistepScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Fewer steps than this end with lower orders. */
    private static final int FEW_STEPS = 15;

    /** Checks the configuration. */
    public DeisMultistepScheduler {
        config.refuseThresholding();
        int order = requireNonNullElse(config.solverOrder(), 2);
        if (order < 1 || order > HIGHEST_ORDER) {
            throw new IllegalArgumentException(
                    "solver_order is %d, must be from 1 to %d".formatted(order, HIGHEST_ORDER));
        }
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .withoutLast(steps);
        SchedulerConfig toSmallest =
                config.toBuilder().finalSigmasType(FinalSigmasType.SIGMA_MIN).build();
        SigmaGrid grid = SigmaGrid.whole(noiseSchedule(), toSmallest, timesteps, SigmaSpread.of(config));
        return new MultistepSolver(
                        NAME,
                        AlgorithmType.DPMSOLVER,
                        config.prediction(),
                        MultistepRule.EXACT,
                        (step, call) -> order(steps - step, call, steps))
                .sampler(grid, skippedSteps);
    }

    private int order(int left, int call, int steps) {
        boolean few = requireNonNullElse(config.lowerOrderFinal(), true) && steps < FEW_STEPS;
        int order = MultistepSolver.possible(requireNonNullElse(config.solverOrder(), 2), call);
        return few ? Math.min(order, left) : order;
    }
}
