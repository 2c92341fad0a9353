package org.sd15.pipeline.training.run;

import org.sd15.pipeline.training.job.TrainingCost;

/**
 * What a training will need, known before anything is loaded for it.
 *
 * @param cost memory and work
 * @param secondsAStep on this machine, roughly
 */
public record Estimate(TrainingCost cost, double secondsAStep) {

    /** The estimate of a cost for this machine, whose speed is measured now. */
    static Estimate of(TrainingCost cost, int passes) {
        return new Estimate(cost, cost.seconds(MatrixRate.measure(), passes));
    }

    /** How long some steps may take, a sentence. */
    String rest(int steps) {
        return "%d steps, about %.0f s".formatted(steps, steps * secondsAStep);
    }

    @Override
    public String toString() {
        return "%s; a step takes about %.2g s".formatted(cost, secondsAStep);
    }
}
