package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * DPM-Solver++ for the stochastic equation, as K. Crowson's k-diffusion has it: every step but the last goes to the
 * geometric mean of its levels, and with the picture predicted there all the way. The noise of both halves of a step is
 * one Brownian motion over the levels: that of the whole step is the sum of what its halves drew. Defaults of its own:
 * linspace spacing, beta 0.00085 to 0.012. The last step always ends without noise.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_dpmsolver_sde.py"
 */
public record DpmSolverSdeScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "DPMSolverSDEScheduler";

    /** Checks the configuration. */
    public DpmSolverSdeScheduler {
        config.refuseSamplePrediction(NAME);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, new Betas(0.00085, 0.012, BetaSchedule.LINEAR));
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .exact(steps);
        SchedulerConfig toZero =
                config.toBuilder().finalSigmasType(FinalSigmasType.ZERO).build();
        SigmaSpread spread = SigmaSpread.of(config);
        SigmaGrid grid = SigmaGrid.fractional(noiseSchedule(), toZero, timesteps, spread);
        Run run = new Run(grid, skippedSteps);
        SigmaGrid single = SigmaGrid.inSinglePrecision(noiseSchedule(), toZero, timesteps, spread);
        Long seed = requireNonNullElse(config.stochastic(), StochasticSettings.DEFAULT)
                .noiseSamplerSeed();
        BrownianNoise noise = BrownianNoise.over(single, skippedSteps, seed);
        return new Sampler(NAME, grid.largestRatio(config), run.plans, noise);
    }

    /** The calls of a run, planned in order. */
    private final class Run {

        private final SigmaGrid grid;
        private final List<CallPlan> plans = new ArrayList<>();

        Run(SigmaGrid grid, int skipped) {
            this.grid = grid;
            for (int step = skipped; step + 1 < grid.steps(); step++) {
                twoCalls(step);
            }
            int last = grid.steps() - 1;
            ModelEvaluation end = evaluation(grid.level(last));
            plans.add(end.plan(grid.timestep(last), end.original(), false));
        }

        private ModelEvaluation evaluation(NoiseLevel level) {
            return ModelEvaluation.of(plans.size(), level, config.prediction());
        }

        private void twoCalls(int step) {
            double from = grid.level(step).ratio();
            double to = grid.level(step + 1).ratio();
            double between = Math.sqrt(from * to);
            ModelEvaluation start = evaluation(grid.level(step));
            LinearCombination first = CallPlan.noise(start.call());
            plans.add(start.plan(
                    grid.timestep(step),
                    stepped(start, start.original(), AncestralStep.between(from, between), first),
                    true));
            NoiseLevel level = NoiseLevel.ofRatio(between);
            ModelEvaluation middle = evaluation(level);
            LinearCombination whole = first.times(Math.sqrt((from - between) / (from - to)))
                    .plus(CallPlan.noise(middle.call()).times(Math.sqrt((between - to) / (from - to))));
            plans.add(middle.plan(
                    grid.timestepOf(level),
                    stepped(start, middle.original(), AncestralStep.between(from, to), whole),
                    true));
        }

        private LinearCombination stepped(
                ModelEvaluation start, LinearCombination picture, AncestralStep ancestral, LinearCombination noise) {
            double kept = ancestral.down() / start.level().ratio();
            return start.sample().times(kept).plus(picture.times(1 - kept)).plus(noise.times(ancestral.up()));
        }
    }
}
