package org.sd15.pipeline.schedule;

import java.util.ArrayList;
import java.util.List;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;

/**
 * A solver that takes one call a step and looks back at the predictions of earlier ones.
 *
 * @param scheduler its name, for errors
 * @param form which integral is solved
 * @param prediction what the model predicts
 * @param rule how the newest predictions are integrated
 * @param order what order a step has
 */
record MultistepSolver(
        String scheduler, AlgorithmType form, PredictionType prediction, MultistepRule rule, Order order) {

    /** The order of a step. */
    @FunctionalInterface
    interface Order {

        /**
         * The order of a step that is not empty.
         *
         * @param step its number in the whole run
         * @param call how many steps of this run were before it
         */
        int of(int step, int call);
    }

    /** The highest order for a call, which needs as many predictions. */
    static int possible(int order, int call) {
        return Math.min(order, call + 1);
    }

    Sampler sampler(SigmaGrid grid, int skippedSteps) {
        List<Prediction> newest = new ArrayList<>();
        List<CallPlan> plans = new ArrayList<>();
        for (int step = skippedSteps; step < grid.steps(); step++) {
            int call = plans.size();
            NoiseLevel level = grid.level(step);
            LinearCombination sample = CallPlan.sample(call);
            LinearCombination original = prediction.original(sample, CallPlan.output(call), level);
            LinearCombination predicted = ExponentialStep.ofPictures(form)
                    ? original
                    : prediction.epsilon(sample, CallPlan.output(call), level);
            newest.add(0, new Prediction(level.lambda(), predicted));
            ExponentialStep exact = new ExponentialStep(form, level, grid.level(step + 1));
            LinearCombination previous = sample.times(exact.sampleWeight())
                    .minus(rule.integral(exact, newest, exact.isEmpty() ? 1 : order.of(step, call))
                            .times(exact.predictionWeight()))
                    .plus(CallPlan.noise(call).times(exact.noiseWeight()));
            plans.add(new CallPlan(
                    grid.timestep(step),
                    Space.VARIANCE_PRESERVING,
                    level,
                    original,
                    previous,
                    ExponentialStep.isStochastic(form)));
        }
        return new Sampler(scheduler, 1, plans);
    }
}
