package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * A linear multistep method of order four on the probability flow (K. Crowson, k-diffusion). Defaults of its own:
 * linspace spacing. The last step always ends without noise.
 *
 * <p>A run that starts late begins with order one. diffusers takes the weights of order four there and leaves out the
 * terms that it lacks, so that the first step is far too long; this is not imitated.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_lms_discrete.py"
 */
public record LmsDiscreteScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "LMSDiscreteScheduler";
    private static final int ORDER = 4;

    /** Half the distance of the two Gauss points, which integrate polynomials up to degree three exactly. */
    private static final double GAUSS = 0.5 / Math.sqrt(3);

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        double[] timesteps = TimestepGrid.of(config, TimestepSpacing.LINSPACE)
                .checkSteps(steps, skippedSteps)
                .fractional(steps);
        SchedulerConfig toZero =
                config.toBuilder().finalSigmasType(FinalSigmasType.ZERO).build();
        SigmaGrid grid = SigmaGrid.fractional(noiseSchedule(), toZero, timesteps, SigmaSpread.of(config));
        List<ModelEvaluation> evaluations = new ArrayList<>();
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < steps; step++) {
            ModelEvaluation now = ModelEvaluation.of(plans.size(), grid.level(step), config.prediction());
            evaluations.add(0, now);
            List<ModelEvaluation> newest = evaluations.subList(0, Math.min(ORDER, evaluations.size()));
            plans.add(now.plan(
                    grid.timestep(step), previous(newest, grid.level(step + 1).ratio()), false));
        }
        return new Sampler(NAME, grid.largestRatio(config), plans);
    }

    /** Integrates the polynomial through the derivatives up to the next level. */
    private static LinearCombination previous(List<ModelEvaluation> newest, double to) {
        LinearCombination sum = newest.get(0).sample();
        for (int i = 0; i < newest.size(); i++) {
            sum = sum.plus(newest.get(i).derivative().times(weight(newest, i, to)));
        }
        return sum;
    }

    /** The integral of the Lagrange polynomial of one evaluation. */
    private static double weight(List<ModelEvaluation> newest, int index, double to) {
        double from = newest.get(0).level().ratio();
        double middle = (from + to) / 2;
        double width = to - from;
        return width
                / 2
                * (lagrange(newest, index, middle - GAUSS * width) + lagrange(newest, index, middle + GAUSS * width));
    }

    private static double lagrange(List<ModelEvaluation> newest, int index, double sigma) {
        double own = newest.get(index).level().ratio();
        double product = 1;
        for (int i = 0; i < newest.size(); i++) {
            double other = newest.get(i).level().ratio();
            product *= i == index ? 1 : (sigma - other) / (own - other);
        }
        return product;
    }
}
