package org.sd15.pipeline.edit.attend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.SideBySide;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordMaps;

/**
 * {@link AttendAndExcite} in one run of one picture. Several pictures are several programs {@link SideBySide side by
 * side}.
 */
public final class AttendAndExciteProgram implements EditProgram {

    private static final RowLayout ROWS = new RowLayout(1, false);
    private static final double LAST_SCALE = 0.5;
    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

    private final AttendAndExcite settings;
    private final WordMaps maps;
    private final ExciteLoss objective;
    private final int steps;
    private final int tokens;
    private final NavigableMap<Integer, List<Double>> losses = new TreeMap<>();

    AttendAndExciteProgram(AttendAndExcite settings, WordMaps maps, int steps) {
        PromptWords prompt = settings.prompt();
        this.settings = settings;
        this.maps = maps;
        this.steps = steps;
        boolean published = settings.conformance() == Conformance.REFERENCE;
        List<Integer> counted =
                published ? IntStream.range(1, prompt.keys() - 1).boxed().toList() : prompt.own();
        this.tokens = counted.get(counted.size() - 1) + 1;
        this.objective = new ExciteLoss(maps.grid(), settings.subjects(), counted, settings.conformance());
    }

    /** The loss at some latents, and where it rises. */
    private record Slope(double loss, INDArray gradient) {}

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        if (latents.size(0) != 1) {
            throw new IllegalArgumentException(
                    "attend: a program of one picture in a batch of %d".formatted(latents.size(0)));
        }
        losses.tailMap(step, true).clear();
        losses.put(step, new ArrayList<>());
        double largest = largestLoss(step);
        boolean moves = settings.window().contains(step, steps);
        if (!moves && largest == NO_LIMIT) {
            return latents;
        }
        INDArray x = latents;
        Slope slope = slope(step, x, model);
        double before = slope.loss();
        // The loss of before the last move decides, so one move follows the one that was enough.
        for (int attempt = 0; attempt < settings.attempts() && before > largest; attempt++) {
            before = slope.loss();
            x = moved(step, x, slope);
            slope = slope(step, x, model);
        }
        return moves ? moved(step, x, slope) : x;
    }

    /** What a refinement in this step is to reach. */
    private double largestLoss(int step) {
        return settings.refinements().entrySet().stream()
                .filter(refinement -> (int) (refinement.getKey() * steps) == step)
                .mapToDouble(refinement -> 1 - refinement.getValue())
                .min()
                .orElse(NO_LIMIT);
    }

    private INDArray moved(int step, INDArray latents, Slope slope) {
        if (slope.loss() == 0) {
            return latents;
        }
        double share = steps == 1 ? 0 : (double) step / (steps - 1);
        double size = settings.stepSize() * Math.sqrt(1 + (LAST_SCALE - 1) * share);
        return latents.sub(slope.gradient().mul(size));
    }

    private Slope slope(int step, INDArray latents, StepModel model) {
        Map<String, INDArray> read = model.maps(latents, maps.names());
        ExciteLoss.Value value = objective.at(maps.mean(read, ROWS, 0, tokens));
        losses.computeIfAbsent(step, none -> new ArrayList<>()).add(value.loss());
        if (value.loss() == 0) {
            read.values().forEach(INDArray::close);
            return new Slope(0, latents);
        }
        Map<String, INDArray> cotangents = maps.cotangents(read, value.slope());
        read.values().forEach(INDArray::close);
        INDArray gradient = model.gradient(latents, cotangents);
        cotangents.values().forEach(INDArray::close);
        return new Slope(value.loss(), gradient);
    }

    /** The losses of a step in the order in which they were computed: one before each move, and the last one. */
    public List<Double> losses(int step) {
        return List.copyOf(losses.getOrDefault(step, List.of()));
    }
}
