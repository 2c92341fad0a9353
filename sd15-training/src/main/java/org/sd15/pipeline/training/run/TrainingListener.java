package org.sd15.pipeline.training.run;

import java.io.IOException;
import org.sd15.importer.io.VisibleText;
import org.sd15.pipeline.training.TrainingStep;
import org.slf4j.LoggerFactory;

/** Observes a training while it runs. All methods are called by the thread that trains; none has to be implemented. */
public interface TrainingListener {

    /** One for the log alone. */
    TrainingListener NONE = new TrainingListener() {};

    /**
     * Something to know although nothing failed, a sentence: what the training needs, which pictures are left out, which
     * checkpoint a run is resumed from. By default it is logged by SLF4J.
     */
    default void note(String remark) {
        LoggerFactory.getLogger(Training.class).info("{}", VisibleText.of(remark));
    }

    /**
     * A part of the work begins.
     *
     * @param task what is done, such as {@code encoding} or {@code training}
     * @param done how much of it was done earlier
     * @param total how much there is
     */
    default TrainingProgress begin(String task, int done, int total) {
        return TrainingProgress.NONE;
    }

    /** All is loaded, the first step comes next. */
    default void begun(TrainingSession session) throws IOException {}

    /** A step is done; its line is in the log, and its checkpoint written if one was due. */
    default void stepped(TrainingStep step, TrainingSession session) throws IOException {}

    /** A checkpoint was written. */
    default void saved(TrainingSession session) throws IOException {}

    /** The last step is done, or the run was stopped; the result is written next. */
    default void ended(TrainingSession session) throws IOException {}
}
