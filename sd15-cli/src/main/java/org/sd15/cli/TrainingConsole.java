package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.cli.report.TrainingCurve;
import org.sd15.cli.report.TrainingPage;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.run.TrainingListener;
import org.sd15.pipeline.training.run.TrainingProgress;
import org.sd15.pipeline.training.run.TrainingSession;

/** What a training tells a user: remarks, progress bars, the curve of the loss, and the loss of every batch. */
final class TrainingConsole implements TrainingListener {

    private final String title;
    private final @Nullable Path data;
    private @Nullable Path page;

    private final List<Double> losses = new ArrayList<>();
    private final List<Double> norms = new ArrayList<>();

    /**
     * Of a training.
     *
     * @param title what its page is called
     * @param data folder of pictures that it learns from, or null
     */
    TrainingConsole(String title, @Nullable Path data) {
        this.title = title;
        this.data = data;
    }

    /** The page of the run; null until it ended. */
    @Nullable
    Path page() {
        return page;
    }

    @Override
    public void note(String remark) {
        Console.note("%s", remark);
    }

    @Override
    public TrainingProgress begin(String task, int done, int total) {
        return new Progress(task, total, done);
    }

    @Override
    public void stepped(TrainingStep step, TrainingSession session) {
        losses.addAll(step.batchLosses());
        norms.add(step.gradientNorm());
    }

    @Override
    public void saved(TrainingSession session) throws IOException {
        TrainingCurve.draw(session.folder());
    }

    @Override
    public void ended(TrainingSession session) throws IOException {
        TrainingCurve.draw(session.folder());
        page = TrainingPage.write(session.folder(), title, data);
        Console.note("see %s", page);
    }

    /** Writes the loss of every batch, and the norm of the gradients of every step. */
    void dump(Path file) throws IOException {
        Tensors.write(
                file,
                Map.of(
                        "loss", Nd4j.createFromArray(losses.toArray(Double[]::new)),
                        "grad_norm", Nd4j.createFromArray(norms.toArray(Double[]::new))));
    }
}
