package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import org.sd15.cli.report.TrainingCurve;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.run.TrainingListener;
import org.sd15.pipeline.training.run.TrainingSession;

/**
 * Looks at a long training: says every ten steps how far it is, draws the curve of the loss with each checkpoint, and does
 * something now and then, and after the last step.
 */
final class Milestones implements TrainingListener {

    private static final int BETWEEN_REMARKS = 10;

    private final int every;
    private final Action action;
    private final Action stopped;
    private long begin;
    private int before;

    /** What is done now and then. */
    @FunctionalInterface
    interface Action {

        /** After a step. */
        void reached(TrainingSession session) throws IOException;
    }

    /**
     * Milestones.
     *
     * @param every after how many steps they are, besides the last step
     * @param action what is done at each
     * @param stopped what is done where the training stops before its last step
     */
    Milestones(int every, Action action, Action stopped) {
        this.every = every;
        this.action = action;
        this.stopped = stopped;
    }

    /** Remarks and the curve; what the training has come to is written where it stops. */
    static Milestones writing(Path model) {
        return new Milestones(Integer.MAX_VALUE, session -> {}, session -> session.write(model));
    }

    /** Remarks and the curve alone. */
    static Milestones none() {
        return new Milestones(Integer.MAX_VALUE, session -> {}, session -> {});
    }

    @Override
    public void note(String remark) {
        System.err.println(remark);
    }

    @Override
    public void begun(TrainingSession session) {
        begin = System.nanoTime();
        before = session.done();
    }

    @Override
    public void stepped(TrainingStep step, TrainingSession session) throws IOException {
        if (session.done() % BETWEEN_REMARKS == 0) {
            System.out.printf(
                    "%s: step %d of %d, mean loss %.4f, %.2f s a step%n",
                    session.folder().getFileName(),
                    session.done(),
                    session.steps(),
                    step.meanLoss(),
                    (System.nanoTime() - begin) / 1e9 / (session.done() - before));
        }
        if (session.done() % every == 0 || session.done() == session.steps()) {
            action.reached(session);
        }
    }

    @Override
    public void saved(TrainingSession session) throws IOException {
        TrainingCurve.draw(session.folder());
    }

    @Override
    public void ended(TrainingSession session) throws IOException {
        TrainingCurve.draw(session.folder());
        if (session.done() < session.steps()) {
            stopped.reached(session);
        }
    }
}
