package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;
import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import java.util.ArrayList;
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
public record DpmSolverMultistepScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "DPMSolverMultistepScheduler";
    private static final int HIGHEST_ORDER = 3;

    /** Fewer steps than this end with lower orders. */
    private static final int FEW_STEPS = 15;

    /** Checks the configuration. */
    public DpmSolverMultistepScheduler {
        config.refuseThresholding();
        int highest = form(config) == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS ? HIGHEST_ORDER - 1 : HIGHEST_ORDER;
        if (order(config) < 1 || order(config) > highest) {
            throw new IllegalArgumentException("solver_order is %d, must be from 1 to %d for algorithm_type %s"
                    .formatted(order(config), highest, form(config).spelling()));
        }
        if (form(config) == AlgorithmType.DPMSOLVER && endsWithoutNoise(config)) {
            throw new IllegalArgumentException(
                    "algorithm_type dpmsolver cannot end without noise; set final_sigmas_type to sigma_min");
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
     * A run over timesteps of one's own, as diffusers' {@code set_timesteps(timesteps=...)}.
     *
     * @param timesteps of the training, descending
     * @throws IllegalArgumentException if they don't descend or are none of the training's
     */
    public Sampler sampler(List<Integer> timesteps) {
        int[] own = timesteps.stream().mapToInt(Integer::intValue).toArray();
        int last = noiseSchedule().timesteps() - 1;
        for (int i = 0; i < own.length; i++) {
            if (own[i] < 0 || own[i] > last || (i > 0 && own[i] >= own[i - 1])) {
                throw new IllegalArgumentException(
                        "timesteps must descend within %d to 0, got %s".formatted(last, timesteps));
            }
        }
        return sampler(own, 0);
    }

    private Sampler sampler(int[] timesteps, int skippedSteps) {
        int steps = timesteps.length;
        SigmaGrid grid = SigmaGrid.whole(noiseSchedule(), config, timesteps);
        List<Prediction> newest = new ArrayList<>();
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            int call = plans.size();
            NoiseLevel level = grid.level(step);
            LinearCombination sample = CallPlan.sample(call);
            LinearCombination original = config.prediction().original(sample, CallPlan.output(call), level);
            LinearCombination predicted = form(config) == AlgorithmType.DPMSOLVER
                    ? config.prediction().epsilon(sample, CallPlan.output(call), level)
                    : original;
            newest.add(0, new Prediction(level.lambda(), predicted));
            ExponentialStep exact = new ExponentialStep(form(config), level, grid.level(step + 1));
            LinearCombination previous = sample.times(exact.sampleWeight())
                    .minus(integral(exact, newest, exact.isEmpty() ? 1 : order(step, call, steps))
                            .times(exact.predictionWeight()))
                    .plus(CallPlan.noise(call).times(exact.noiseWeight()));
            boolean draws = form(config) == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
            plans.add(new CallPlan(grid.timestep(step), Space.VARIANCE_PRESERVING, level, original, previous, draws));
        }
        return new Sampler(NAME, 1, plans);
    }

    /** What the model implied at a level. */
    private record Prediction(double lambda, LinearCombination value) {

        /** The divided difference to an older prediction, in units of the step. */
        LinearCombination slope(Prediction older, double h) {
            return value.minus(older.value).times(h / (lambda - older.lambda));
        }
    }

    private LinearCombination integral(ExponentialStep exact, List<Prediction> newest, int order) {
        LinearCombination constant = newest.get(0).value().times(exact.phi0());
        if (order == 1) {
            return constant;
        }
        LinearCombination slope = newest.get(0).slope(newest.get(1), exact.h());
        if (order == 2) {
            boolean heun = config.solverType() == SolverType.HEUN;
            return constant.plus(slope.times(heun ? exact.phi1() : exact.phi0() / 2));
        }
        double near = (newest.get(0).lambda() - newest.get(1).lambda()) / exact.h();
        double far = (newest.get(1).lambda() - newest.get(2).lambda()) / exact.h();
        LinearCombination curvature =
                slope.minus(newest.get(1).slope(newest.get(2), exact.h())).times(1 / (near + far));
        return constant.plus(slope.plus(curvature.times(near)).times(exact.phi1()))
                .plus(curvature.times(exact.phi2()));
    }

    private int order(int step, int call, int steps) {
        boolean few = requireNonNullElse(config.lowerOrderFinal(), true) && steps < FEW_STEPS;
        boolean last = step == steps - 1;
        if (last && (few || isTrue(config.eulerAtFinal()) || endsWithoutNoise(config))) {
            return 1;
        }
        int order = Math.min(order(config), call + 1);
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
