package org.sd15.pipeline.training;

/** Has something that decides the steps to come. */
public interface Stateful {

    /** Adds it to a state. Arrays are passed without a copy, to be written before the next step. */
    void save(TrainingState into);

    /**
     * Takes it from a state.
     *
     * @throws IllegalArgumentException if it is not there or has another shape
     */
    void restore(TrainingState from);
}
