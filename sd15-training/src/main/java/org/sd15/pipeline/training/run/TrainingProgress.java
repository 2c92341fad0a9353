package org.sd15.pipeline.training.run;

/** How far a part of a training's work is, such as pictures that are encoded, or the steps. Closed when it is over, however it ends. */
public interface TrainingProgress extends AutoCloseable {

    /** One that shows nothing. */
    TrainingProgress NONE = remark -> {};

    /**
     * One more is done.
     *
     * @param remark on it, such as the loss; or empty
     */
    void step(String remark);

    @Override
    default void close() {}
}
