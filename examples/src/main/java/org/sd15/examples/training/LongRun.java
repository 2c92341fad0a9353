package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.sd15.cli.report.TrainingTable;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingStep;

/**
 * A training that may be stopped at any time and goes on from its last checkpoint: a long training as many short ones.
 *
 * @param folder for its checkpoints, table and curve
 * @param plan that has to be the same each time
 * @param end when to stop, by {@link System#nanoTime}
 */
record LongRun(Path folder, Map<String, String> plan, long end) {

    private static final int BETWEEN_CHECKPOINTS = 100;
    private static final int BETWEEN_REMARKS = 10;

    /** A run that stops after some time. */
    static LongRun lasting(Path folder, Map<String, String> plan, Duration time) {
        return new LongRun(folder, plan, System.nanoTime() + time.toNanos());
    }

    /** Whether there is no time left. */
    boolean isOver() {
        return System.nanoTime() - end >= 0;
    }

    /**
     * What is done beside the training now and then, and after the last step.
     *
     * @param every after how many steps
     * @param action what is done
     */
    record Milestones(int every, Action action) {

        private static final Milestones NONE = new Milestones(Integer.MAX_VALUE, done -> {});

        /** What is done. */
        @FunctionalInterface
        interface Action {

            /** After so many steps. */
            void reached(int done) throws IOException;
        }
    }

    /** Goes on until the end of the training or of the time. */
    void go(Trainer trainer, int total) throws IOException {
        go(trainer, total, Milestones.NONE);
    }

    /**
     * Goes on until the end of the training or of the time, or until the process is asked to end: then the step is done and
     * kept first.
     */
    void go(Trainer trainer, int total, Milestones milestones) throws IOException {
        try (RunFolder own = RunFolder.open(folder);
                StopSignal signal = new StopSignal()) {
            Checkpoints checkpoints = own.checkpoints(2);
            checkpoints.resume(trainer, plan, System.err::println);
            go(trainer, total, checkpoints, milestones, signal);
        }
    }

    private void go(Trainer trainer, int total, Checkpoints checkpoints, Milestones milestones, StopSignal signal)
            throws IOException {
        TrainingTable table = new TrainingTable(folder, trainer.done(), total);
        long begin = System.nanoTime();
        int before = trainer.done();
        while (trainer.hasNext() && !isOver() && !signal.isGiven()) {
            TrainingStep step = trainer.next();
            table.add(step);
            if (trainer.done() % BETWEEN_REMARKS == 0) {
                System.out.printf(
                        "%s: step %d of %d, mean loss %.4f, %.2f s a step%n",
                        folder.getFileName(),
                        trainer.done(),
                        total,
                        step.meanLoss(),
                        (System.nanoTime() - begin) / 1e9 / (trainer.done() - before));
            }
            if (trainer.done() % BETWEEN_CHECKPOINTS == 0) {
                checkpoints.write(trainer, plan);
                table.draw();
            }
            if (trainer.done() % milestones.every == 0 || !trainer.hasNext()) {
                milestones.action.reached(trainer.done());
            }
        }
        checkpoints.write(trainer, plan);
        table.draw();
    }
}
