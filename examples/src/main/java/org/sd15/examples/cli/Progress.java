package org.sd15.examples.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar with the time that is left, on the standard error. */
final class Progress implements AutoCloseable {

    private static final int WIDTH = 79;
    private static final int INTERVAL_MILLIS = 250;

    private final ProgressBar bar;

    Progress(String task, int steps) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(INTERVAL_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
                .build();
    }

    void step() {
        bar.step();
    }

    @Override
    public void close() {
        bar.close();
    }
}
