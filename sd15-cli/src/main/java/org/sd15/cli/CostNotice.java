package org.sd15.cli;

import org.sd15.pipeline.training.job.TrainingCost;

/**
 * Says what a training will need, before anything is loaded for it.
 *
 * @param secondsAStep on this machine, roughly
 */
record CostNotice(double secondsAStep) {

    /** Prints memory and time. */
    static CostNotice print(TrainingCost cost, LoopOptions loop) {
        CostNotice notice = new CostNotice(cost.seconds(MatrixRate.measure(), loop.accumulate()));
        Console.note("%s; a step takes about %.2g s", cost, notice.secondsAStep);
        return notice;
    }

    /** Prints how long the steps that are left may take. */
    void printRest(int steps) {
        Console.note("%d steps, about %.0f s", steps, steps * secondsAStep);
    }
}
