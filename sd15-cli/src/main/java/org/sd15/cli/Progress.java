package org.sd15.cli;

import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.sd15.importer.io.VisibleText;
import org.sd15.pipeline.training.run.TrainingProgress;

/** A progress bar with the time that is left, on the standard error. */
final class Progress implements TrainingProgress {

    private static final int WIDTH = 79;
    private static final int INTERVAL_MILLIS = 250;

    private final ProgressBar bar;

    Progress(String task, int steps) {
        this(task, steps, 0);
    }

    /** A bar of a task of which some steps were done earlier. */
    Progress(String task, int steps, int done) {
        bar = new ProgressBarBuilder()
                .setTaskName(VisibleText.of(task))
                .setInitialMax(steps)
                .startsFrom(done, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(INTERVAL_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(Console.drawing(), WIDTH))
                .build();
    }

    void step() {
        bar.step();
    }

    /** A step, with a remark behind the bar. */
    @Override
    public void step(String remark) {
        bar.setExtraMessage(VisibleText.of(remark));
        bar.step();
    }

    @Override
    public void close() {
        bar.close();
    }
}
