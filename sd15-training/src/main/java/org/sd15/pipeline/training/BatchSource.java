package org.sd15.pipeline.training;

/** Gives the batches of a run in order, without end. */
public interface BatchSource extends Stateful {

    /** The next batch. */
    TrainingBatch next();
}
