package org.sd15.pipeline.training.run;

import org.sd15.pipeline.training.TrainingSettings;

/**
 * What all trainings have, whatever learns.
 *
 * @param data what is learnt from
 * @param settings how it steps, and how many steps there are
 * @param run where it goes and how it survives being stopped
 */
record TrainingPlan(TrainingData data, TrainingSettings settings, RunPlan run) {

    int steps() {
        return settings.learningRate().total();
    }

    TrainingListener listener() {
        return run.listener();
    }
}
