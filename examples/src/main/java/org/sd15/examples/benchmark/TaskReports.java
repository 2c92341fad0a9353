package org.sd15.examples.benchmark;

import org.jspecify.annotations.Nullable;
import org.sd15.examples.benchmark.method.Workbench;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;

/** Finds out about cases what no method has a part in: can the model draw the target, does it see the word. */
public final class TaskReports {

    private final StableDiffusion model;
    private final int steps;
    private final long seed;
    private final int drawings;

    /**
     * For cases of one run.
     *
     * @param drawings how often a target is drawn plainly
     */
    public TaskReports(StableDiffusion model, int steps, long seed, int drawings) {
        this.model = model;
        this.steps = steps;
        this.seed = seed;
        this.drawings = drawings;
    }

    /** Looks into a case. */
    public TaskReport of(EditTask task) {
        Integer drawn = null;
        if (task.succeeds() != null && drawings > 0) {
            drawn = new PlainDrawing(model, steps, drawings).successes(task, task.succeeds());
        }
        float[] truth = task.wordMask();
        String word = task.job().sourceWord();
        if (truth == null || word == null) {
            return new TaskReport(task, drawn, drawings, null, null, null);
        }
        HeatMap map = new Workbench(model, task.job(), steps, seed).heatMaps().word(word);
        int height = Math.toIntExact(task.job().picture().size(2));
        return new TaskReport(
                task,
                drawn,
                drawings,
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
    static double mean(
            java.util.List<TaskReport> reports, java.util.function.Function<TaskReport, @Nullable Double> of) {
        return reports.stream()
                .map(of)
                .filter(java.util.Objects::nonNull)
                .mapToDouble(value -> value)
                .average()
                .orElse(Double.NaN);
    }
}
