package org.sd15.pipeline.training.run;

import java.io.IOException;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.unet.Checkpointing;

/** What learns: parts of a model that denoise, or its autoencoder. */
sealed interface Learner permits DenoisingLearner, VaeLearner {

    /** What the training is called in its record. */
    String name();

    /** What it leaves. */
    ResultKind result();

    /**
     * Refuses data that it can't learn from.
     *
     * @throws IllegalArgumentException if it can't; the message says what it learns from
     */
    void requireLearnsFrom(TrainingData data);

    /** What trainings of it would cost. */
    TrainingEstimate estimate(ModelFiles model) throws IOException;

    /** Pictures a pass for a batch. */
    int pictures(int batch);

    /** What a pass keeps for its backward pass. */
    Checkpointing checkpointing();

    /**
     * Trains and writes.
     *
     * @param side of the pictures in pixels
     * @return whether all steps are done
     */
    boolean run(ModelFiles model, TrainingPlan plan, Estimate estimate, int side) throws IOException;
}
