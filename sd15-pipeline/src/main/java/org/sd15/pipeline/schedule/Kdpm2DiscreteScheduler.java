package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * DPM-Solver-2 as K. Crowson's k-diffusion has it: every step but the last goes to the geometric mean of its levels, and
 * with the slope there all the way. Defaults of its own: linspace spacing, beta 0.00085 to 0.012. The last step always
 * ends without noise.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_k_dpm_2_discrete.py"
 */
public record Kdpm2DiscreteScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "KDPM2DiscreteScheduler";

    /** Checks the configuration. */
    public Kdpm2DiscreteScheduler {
        config.refuseSamplePrediction(NAME);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, new Betas(0.00085, 0.012, BetaSchedule.LINEAR));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        SigmaGrid grid = grid(noiseSchedule(), config, steps, skippedSteps);
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            double from = grid.level(step).ratio();
            double to = grid.level(step + 1).ratio();
            double between = Math.sqrt(from * to);
            ModelEvaluation start = ModelEvaluation.of(plans.size(), grid.level(step), config.prediction());
            plans.add(start.plan(
                    grid.timestep(step), start.sample().plus(start.derivative().times(between - from)), false));
            if (step + 1 < steps) {
                NoiseLevel level = NoiseLevel.ofRatio(between);
                ModelEvaluation middle = ModelEvaluation.of(plans.size(), level, config.prediction());
                plans.add(middle.plan(
                        grid.timestepOf(level),
                        start.sample().plus(middle.derivative().times(to - from)),
                        false));
            }
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }

    /** Levels down to no noise, of this and its ancestral kin: Karras' have whole timesteps. */
    static SigmaGrid grid(NoiseSchedule schedule, SchedulerConfig config, int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .fractional(steps);
        SchedulerConfig toZero =
                config.toBuilder().finalSigmasType(FinalSigmasType.ZERO).build();
        SigmaSpread spread = SigmaSpread.of(config);
        SigmaGrid grid = SigmaGrid.fractional(schedule, toZero, timesteps, spread);
        return spread == SigmaSpread.KARRAS ? grid.withWholeTimesteps() : grid;
    }
}
