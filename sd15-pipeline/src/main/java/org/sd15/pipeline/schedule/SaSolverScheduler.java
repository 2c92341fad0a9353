package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * S. Xue et al., "SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models", 2023: every call first
 * corrects the sample that entered it with what the model now says, then predicts the next and renews noise, at timesteps
 * from 200 to 800. Defaults of its own: linspace spacing, predictor and corrector of order 2, algorithm_type
 * data_prediction. A run always ends at the level of timestep 0.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_sasolver.py"
 */
public record SaSolverScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "SASolverScheduler";
    private static final int HIGHEST_ORDER = 4;

    /** Noise is renewed at timesteps from here. */
    private static final double FIRST_NOISY = 200;

    /** Noise is renewed at timesteps up to here. */
    private static final double LAST_NOISY = 800;

    /** Checks the configuration. */
    public SaSolverScheduler {
        config.refuseThresholding();
        requireOrder("predictor_order", settings(config).predictorOrder());
        requireOrder("corrector_order", settings(config).correctorOrder());
    }

    private static void requireOrder(String key, @Nullable Integer order) {
        if (order != null && (order < 1 || order > HIGHEST_ORDER)) {
            throw new IllegalArgumentException("%s is %d, must be from 1 to %d".formatted(key, order, HIGHEST_ORDER));
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
        Run run =
                new Run(SigmaGrid.whole(noiseSchedule(), toSmallest, timesteps, SigmaSpread.of(config)), skippedSteps);
        List<CallPlan> plans = new ArrayList<>();
        for (int call = 0; call + skippedSteps < steps; call++) {
            plans.add(run.plan(call));
        }
        return new Sampler(NAME, 1, plans);
    }

    private static StochasticSettings settings(SchedulerConfig config) {
        return requireNonNullElse(config.stochastic(), StochasticSettings.DEFAULT);
    }

    /** The calls of a run, planned in order. */
    private final class Run {

        private final SigmaGrid grid;
        private final int skipped;
        private final boolean ofNoise = requireNonNullElse(settings(config).noisePrediction(), false);
        private final int predictorOrder = requireNonNullElse(settings(config).predictorOrder(), 2);
        private final int correctorOrder = requireNonNullElse(settings(config).correctorOrder(), 2);
        private final List<Prediction> newest = new ArrayList<>();

        Run(SigmaGrid grid, int skipped) {
            this.grid = grid;
            this.skipped = skipped;
        }

        CallPlan plan(int call) {
            NoiseLevel level = level(call);
            LinearCombination sample = CallPlan.sample(call);
            LinearCombination output = CallPlan.output(call);
            LinearCombination original = config.prediction().original(sample, output, level);
            LinearCombination predicted = ofNoise ? config.prediction().epsilon(sample, output, level) : original;
            newest.add(0, new Prediction(level.lambda(), predicted));
            LinearCombination corrected = call == 0 ? null : corrected(call - 1);
            return new CallPlan(
                    grid.timestep(call + skipped),
                    Space.VARIANCE_PRESERVING,
                    level,
                    original,
                    corrected,
                    predicted(call),
                    true);
        }

        private NoiseLevel level(int call) {
            return grid.level(call + skipped);
        }

        private SaSolverStep step(int call) {
            double timestep = grid.timestep(call + skipped);
            double tau = timestep >= FIRST_NOISY && timestep <= LAST_NOISY ? 1 : 0;
            return new SaSolverStep(level(call), level(call + 1), tau, ofNoise);
        }

        /** The highest order of a step that has as many calls left, itself among them. */
        private int order(int highest, int call, int more) {
            boolean lower = requireNonNullElse(config.lowerOrderFinal(), true);
            int left = lower ? grid.steps() - skipped - call + more : highest;
            return Math.min(Math.min(highest, left), call + 1 + more);
        }

        private LinearCombination predicted(int call) {
            SaSolverStep step = step(call);
            int order = order(predictorOrder, call, 0);
            double correction =
                    order == 2 ? step.predictorCorrection(newest.get(1).lambda()) : 0;
            return ended(call, step, step.integral(newest.subList(0, order), correction));
        }

        /** The step that led here, taken again with its noise, with the prediction of this call as one more point. */
        private LinearCombination corrected(int call) {
            SaSolverStep step = step(call);
            int order = order(correctorOrder, call, 1);
            return ended(call, step, step.integral(newest.subList(0, order), step.correctorCorrection()));
        }

        private LinearCombination ended(int call, SaSolverStep step, LinearCombination integral) {
            LinearCombination entered = call == 0 ? CallPlan.sample(call) : CallPlan.correctedSample(call);
            return entered.times(step.sampleWeight())
                    .plus(integral)
                    .plus(CallPlan.noise(call).times(step.noiseWeight()));
        }
    }
}
