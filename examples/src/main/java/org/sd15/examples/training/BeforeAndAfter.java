package org.sd15.examples.training;

import java.io.IOException;
import org.sd15.cli.report.TrainingCurve;
import org.sd15.pipeline.training.run.TrainingListener;
import org.sd15.pipeline.training.run.TrainingSession;

/**
 * Looks at a model before its first step and after its last, when the curve of the loss is drawn too.
 *
 * @param before the first step
 * @param after the last step
 */
record BeforeAndAfter(Look before, Look after) implements TrainingListener {

    /** What is done with the model. */
    @FunctionalInterface
    interface Look {

        /** Looks at it as it is now. */
        void at(TrainingSession session) throws IOException;
    }

    @Override
    public void begun(TrainingSession session) throws IOException {
        before.at(session);
    }

    @Override
    public void ended(TrainingSession session) throws IOException {
        TrainingCurve.draw(session.folder());
        after.at(session);
    }
}
