package org.sd15.benchmark;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sd15.benchmark.method.Workbench;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;

/** Finds out about cases what no method has a part in: can the model draw the target, does it see the word. */
public final class TaskReports {

    private static final double NANOS = 1e9;

    private final StableDiffusion model;
    private final int steps;
    private final long seed;
    private final int drawings;
    private final JsonLines<TaskReport.Facts> known;

    /**
     * For cases of one run.
     *
     * @param drawings how often a target is drawn plainly
     * @param known keeps what was found out
     */
    public TaskReports(StableDiffusion model, int steps, long seed, int drawings, JsonLines<TaskReport.Facts> known) {
        this.model = model;
        this.steps = steps;
        this.seed = seed;
        this.drawings = drawings;
        this.known = known;
    }

    /** Looks into a case, unless that was done before. */
    public TaskReport of(EditTask task) throws IOException {
        var before = known.find(TaskReport.Facts.key(task.name(), drawings));
        if (before.isPresent()) {
            return new TaskReport(task, before.get());
        }
        TaskReport.Facts facts = facts(task);
        known.add(facts);
        return new TaskReport(task, facts);
    }

    private TaskReport.Facts facts(EditTask task) {
        Integer drawn = null;
        Double seconds = null;
        if (task.succeeds() != null && drawings > 0) {
            long start = System.nanoTime();
            drawn = new PlainDrawing(model, steps, drawings).successes(task, task.succeeds());
            seconds = (System.nanoTime() - start) / NANOS / drawings;
        }
        float[] truth = task.wordMask();
        String word = task.job().sourceWord();
        if (truth == null || word == null) {
            return new TaskReport.Facts(task.name(), drawn, drawings, seconds, null, null, null);
        }
        HeatMap map = new Workbench(model, task.job(), steps, seed).heatMaps().word(word);
        int height = Math.toIntExact(task.job().picture().size(2));
        return new TaskReport.Facts(
                task.name(),
                drawn,
                drawings,
                seconds,
                MaskOverlap.iou(map, truth, height),
                MaskOverlap.energy(map, truth, height),
                area(truth));
    }

    private static double area(float[] truth) {
        double sum = 0;
        for (float share : truth) {
            sum += share;
        }
        return sum / truth.length;
    }

    /** The mean of a number over reports that have it; NaN if none has. */
    static double mean(List<TaskReport> reports, Function<TaskReport.Facts, @Nullable Double> of) {
        return reports.stream()
                .map(TaskReport::facts)
                .map(of)
                .filter(Objects::nonNull)
                .mapToDouble(value -> value)
                .average()
                .orElse(Double.NaN);
    }
}
