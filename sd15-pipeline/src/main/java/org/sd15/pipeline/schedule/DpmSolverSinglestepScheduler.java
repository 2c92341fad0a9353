package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;
import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * C. Lu et al., "DPM-Solver++", 2022, singlestep: groups of two or three calls, each of which goes from the start of its
 * group to its own end with all predictions of the group. Defaults of its own: dpmsolver++ of order 2 with the midpoint
 * rule; linspace spacing, which is not configured.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_dpmsolver_singlestep.py"
 */
public record DpmSolverSinglestepScheduler(SchedulerConfig config) implements TimestepsScheduler {

    private static final String NAME = "DPMSolverSinglestepScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Checks the configuration. */
    public DpmSolverSinglestepScheduler {
        config.refuseThresholding();
        if (order(config) < 1 || order(config) > HIGHEST_ORDER) {
            throw new IllegalArgumentException(
                    "solver_order is %d, must be from 1 to %d".formatted(order(config), HIGHEST_ORDER));
        }
        if (form(config) == AlgorithmType.SDE_DPMSOLVER) {
            throw new IllegalArgumentException(
                    "algorithm_type sde-dpmsolver is unknown to %s; set it to sde-dpmsolver++".formatted(NAME));
        }
        if (form(config) == AlgorithmType.DPMSOLVER && endsWithoutNoise(config)) {
            throw new IllegalArgumentException(
                    "algorithm_type dpmsolver cannot end without noise; set final_sigmas_type to sigma_min");
        }
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = new TimestepGrid(TimestepSpacing.LINSPACE, config.trainTimesteps(), 0)
                .checkSteps(steps, skippedSteps)
                .withoutLast(steps);
        return sampler(timesteps, SigmaSpread.of(config), skippedSteps);
    }

    @Override
    public Sampler sampler(List<Double> timesteps, int skippedSteps) {
        return sampler(OwnTimesteps.whole(config, timesteps, SigmaSpread.of(config)), null, skippedSteps);
    }

    private Sampler sampler(int[] timesteps, @Nullable SigmaSpread spread, int skippedSteps) {
        Run run = new Run(SigmaGrid.whole(noiseSchedule(), config, timesteps, spread));
        List<Integer> orders = orders(timesteps.length);
        for (int step = skippedSteps; step < timesteps.length; step++) {
            run.add(step, Math.min(orders.get(step), step - skippedSteps + 1));
        }
        return new Sampler(NAME, 1, run.plans);
    }

    /** The orders of the calls: groups that are not whole end where they are, and no noise is reached with order 1. */
    private List<Integer> orders(int steps) {
        int order = order(config);
        List<Integer> orders = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            orders.add(step % order + 1);
        }
        if (endsWithoutNoise(config) || (isTrue(config.lowerOrderFinal()) && steps % order == 0)) {
            orders.set(steps - 1, 1);
        }
        return orders;
    }

    /** The calls of a run, planned in order. */
    private final class Run {

        private final SigmaGrid grid;
        private final List<CallPlan> plans = new ArrayList<>();
        private final List<Prediction> predictions = new ArrayList<>();

        Run(SigmaGrid grid) {
            this.grid = grid;
        }

        void add(int step, int order) {
            int call = plans.size();
            NoiseLevel level = grid.level(step);
            LinearCombination sample = CallPlan.sample(call);
            LinearCombination original = config.prediction().original(sample, CallPlan.output(call), level);
            LinearCombination predicted = ExponentialStep.ofPictures(form(config))
                    ? original
                    : config.prediction().epsilon(sample, CallPlan.output(call), level);
            predictions.add(new Prediction(level.lambda(), predicted));
            int first = call - order + 1;
            ExponentialStep exact =
                    new ExponentialStep(form(config), grid.level(step - order + 1), grid.level(step + 1));
            LinearCombination previous = CallPlan.sample(first)
                    .times(exact.sampleWeight())
                    .minus(integral(exact, predictions.subList(first, call + 1)).times(exact.predictionWeight()))
                    .plus(CallPlan.noise(call).times(exact.noiseWeight()));
            boolean draws = ExponentialStep.isStochastic(form(config));
            plans.add(new CallPlan(grid.timestep(step), Space.VARIANCE_PRESERVING, level, original, previous, draws));
        }

        /** Of the polynomial through the predictions of a group, its start first. */
        private LinearCombination integral(ExponentialStep exact, List<Prediction> group) {
            boolean heun = config.solverType() == SolverType.HEUN;
            LinearCombination constant = group.get(0).value().times(exact.phi0());
            if (group.size() == 1) {
                return constant;
            }
            Prediction newest = group.get(group.size() - 1);
            LinearCombination slope = newest.slope(group.get(0), exact.h());
            if (group.size() == 2) {
                return constant.plus(slope.times(heun ? exact.phi1() : exact.phi0() / 2));
            }
            if (!heun) {
                return constant.plus(slope.times(exact.phi1()));
            }
            double far = (newest.lambda() - group.get(0).lambda()) / exact.h();
            double near = (group.get(1).lambda() - group.get(0).lambda()) / exact.h();
            LinearCombination curvature =
                    slope.minus(group.get(1).slope(group.get(0), exact.h())).times(1 / (far - near));
            return constant.plus(slope.minus(curvature.times(far)).times(exact.phi1()))
                    .plus(curvature.times(2 * exact.phi2()));
        }
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
