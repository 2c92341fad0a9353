package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * W. Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", 2023: every
 * call first corrects the sample that entered it with what the model now says, then predicts the next. In the form that
 * predicts pictures. Defaults of its own: linspace spacing, order 2, solver_type bh2.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_unipc_multistep.py"
 */
public record UniPcMultistepScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "UniPCMultistepScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Checks the configuration. */
    public UniPcMultistepScheduler {
        config.refuseThresholding();
        int order = requireNonNullElse(config.solverOrder(), 2);
        if (order < 1 || order > HIGHEST_ORDER) {
            throw new IllegalArgumentException(
                    "solver_order is %d, must be from 1 to %d".formatted(order, HIGHEST_ORDER));
        }
        boolean ends = config.finalSigmasType() != FinalSigmasType.SIGMA_MIN;
        if (ends && order > 1 && !requireNonNullElse(config.lowerOrderFinal(), true)) {
            throw new IllegalArgumentException(
                    "lower_order_final is false: only order 1 ends without noise; use final_sigmas_type sigma_min");
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
        Run run = new Run(SigmaGrid.whole(noiseSchedule(), config, timesteps, SigmaSpread.of(config)), skippedSteps);
        List<CallPlan> plans = new ArrayList<>();
        for (int call = 0; call + skippedSteps < steps; call++) {
            plans.add(run.plan(call));
        }
        return new Sampler(NAME, 1, plans);
    }

    /** The calls of a run, planned in order. */
    private final class Run {

        private final SigmaGrid grid;
        private final int skipped;
        private final List<LinearCombination> originals = new ArrayList<>();

        Run(SigmaGrid grid, int skipped) {
            this.grid = grid;
            this.skipped = skipped;
        }

        CallPlan plan(int call) {
            NoiseLevel level = level(call);
            LinearCombination original =
                    config.prediction().original(CallPlan.sample(call), CallPlan.output(call), level);
            originals.add(original);
            LinearCombination corrected = call == 0 ? null : corrected(call);
            LinearCombination previous = predicted(call);
            return new CallPlan(
                    grid.timestep(call + skipped),
                    Space.VARIANCE_PRESERVING,
                    level,
                    original,
                    corrected,
                    previous,
                    false);
        }

        private NoiseLevel level(int call) {
            return grid.level(call + skipped);
        }

        private ExponentialStep exact(int call) {
            return new ExponentialStep(AlgorithmType.DPMSOLVER_PLUS_PLUS, level(call), level(call + 1));
        }

        /** The sample of a call as later calls see it. */
        private LinearCombination entered(int call) {
            return call == 0 ? CallPlan.sample(call) : CallPlan.correctedSample(call);
        }

        private int order(int call) {
            if (exact(call).isEmpty()) {
                return 1;
            }
            int order = requireNonNullElse(config.solverOrder(), 2);
            boolean lower = requireNonNullElse(config.lowerOrderFinal(), true);
            int left = lower ? grid.steps() - skipped - call : order;
            return Math.min(Math.min(order, left), call + 1);
        }

        /** The step that led here, taken again, with the prediction of this call as one more point. */
        private LinearCombination corrected(int call) {
            UniPcWeights weights = weights(call - 1);
            List<LinearCombination> slopes = slopes(call - 1, weights);
            slopes.add(originals.get(call).minus(originals.get(call - 1)));
            return step(call - 1, weights, weights.corrector(), slopes);
        }

        private LinearCombination predicted(int call) {
            UniPcWeights weights = weights(call);
            return step(call, weights, weights.predictor(), slopes(call, weights));
        }

        private UniPcWeights weights(int call) {
            double lambda = level(call).lambda();
            double h = exact(call).h();
            double[] places = new double[order(call) - 1];
            for (int i = 0; i < places.length; i++) {
                places[i] = (level(call - 1 - i).lambda() - lambda) / h;
            }
            return new UniPcWeights(h, places, config.solverType() == SolverType.BH1);
        }

        /** Divided differences from the prediction of a call to the older ones. */
        private List<LinearCombination> slopes(int call, UniPcWeights weights) {
            List<LinearCombination> slopes = new ArrayList<>();
            for (int i = 0; i < weights.older(); i++) {
                slopes.add(
                        originals.get(call - 1 - i).minus(originals.get(call)).times(1 / weights.place(i)));
            }
            return slopes;
        }

        /** Equations 3 and 8 of the paper. */
        private LinearCombination step(int call, UniPcWeights weights, double[] rho, List<LinearCombination> slopes) {
            ExponentialStep exact = exact(call);
            LinearCombination integral = originals.get(call).times(exact.phi0());
            for (int i = 0; i < rho.length; i++) {
                integral = integral.plus(slopes.get(i).times(weights.scale() * rho[i]));
            }
            return entered(call).times(exact.sampleWeight()).minus(integral.times(exact.predictionWeight()));
        }
    }
}
