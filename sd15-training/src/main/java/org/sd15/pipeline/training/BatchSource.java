package org.sd15.pipeline.training;

/** Gives the batches of a run in order, without end. */
public interface BatchSource extends Stateful {

    /** The next batch, of arrays that later ones do not change: all batches of a step are held together. */
    TrainingBatch next();
}
