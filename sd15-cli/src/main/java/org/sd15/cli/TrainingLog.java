package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.sd15.cli.report.TrainingTable;
import org.sd15.pipeline.training.TrainingStep;

/** What a training tells: a progress bar, a line a step in {@code log.csv}, and the curve of the loss. */
final class TrainingLog implements AutoCloseable {

    private final TrainingTable table;
    private final Progress progress;

    /** A log that goes on after so many steps; what an earlier run wrote about later ones is dropped. */
    TrainingLog(Path folder, int done, int total) throws IOException {
        this.table = new TrainingTable(folder, done, total);
        this.progress = new Progress("training", total, done);
    }

    void add(TrainingStep step) throws IOException {
        table.add(step);
        progress.step("loss %.4f".formatted(step.meanLoss()));
    }

    /** Draws the curve anew. */
    void draw() throws IOException {
        table.draw();
    }

    @Override
    public void close() {
        progress.close();
    }
}
