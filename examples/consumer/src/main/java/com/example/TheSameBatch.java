package com.example;

import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingState;

/** One batch for all steps, so nothing of it has to be saved. */
record TheSameBatch(TrainingBatch batch) implements BatchSource {

    @Override
    public TrainingBatch next() {
        return batch;
    }

    @Override
    public void save(TrainingState into) {}

    @Override
    public void restore(TrainingState from) {}
}
