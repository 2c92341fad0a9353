package org.sd15.pipeline.edit.prompt;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.AttentionMap;
import org.sd15.pipeline.words.Plane;

/**
 * {@link LocalBlend} in one run: sums up attention from step to step and blends latents. The state belongs to the
 * number of the step: to observe a step again forgets it and all later ones. Not safe for use by several threads at
 * once.
 */
public final class LocalBlendRun {

    /** Attention to words and to subtracted words of each picture, summed over sites, heads, tokens and steps. */
    private record Sums(double[][] words, double[][] subtracted) {}

    private final LocalBlend blend;
    private final List<LocalBlend> byStep;
    private final List<AttentionSite> sites;
    private final Grid latents;
    private final RowLayout rows;
    private final int firstStep;
    private final int tokens;
    private final NavigableMap<Integer, Sums> sums = new TreeMap<>();

    LocalBlendRun(LocalBlend blend, List<AttentionSite> sites, Grid latents, RowLayout rows, int steps) {
        this(List.of(blend), sites, latents, rows, steps);
    }

    /** Of blends that differ in their tokens alone, one a step. */
    static LocalBlendRun byStep(List<LocalBlend> blends, Stage stage) {
        List<AttentionSite> sites = blends.get(0).sites(stage.sites(), stage.latents());
        return new LocalBlendRun(blends, sites, stage.latents(), stage.rows(), stage.steps());
    }

    private LocalBlendRun(List<LocalBlend> blends, List<AttentionSite> sites, Grid latents, RowLayout rows, int steps) {
        this.byStep = List.copyOf(blends);
        this.blend = blends.get(0);
        if (rows.pictures() != blend.prompts().pictures()) {
            throw new IllegalArgumentException("local blending of %d prompts, the batch has %d pictures"
                    .formatted(blend.prompts().pictures(), rows.pictures()));
        }
        this.sites = List.copyOf(sites);
        this.latents = latents;
        this.rows = rows;
        this.firstStep = (int) (blend.start() * steps);
        this.tokens = 1
                + blends.stream()
                        .flatMap(one -> Stream.of(one.words(), one.subtracted()))
                        .flatMap(List::stream)
                        .flatMap(Set::stream)
                        .mapToInt(token -> token)
                        .max()
                        .orElseThrow();
    }

    /** The sites whose attention has to be observed. */
    public List<AttentionSite> sites() {
        return sites;
    }

    /** Whether latents are blended after the step; attention is observed in all steps, from the first on. */
    public boolean isActive(int step) {
        return step >= firstStep;
    }

    /**
     * Adds the attention of a step.
     *
     * @param step from 0, the noisiest
     * @param maps the probabilities {@code [rows, heads, queries, keys]} at each of {@link #sites()}; the published
     *     code takes them after the edit, {@link AttentionSite#probs()}
     */
    public void observe(int step, Function<AttentionSite, INDArray> maps) {
        Map.Entry<Integer, Sums> before = sums.lowerEntry(step);
        int pictures = rows.pictures();
        Sums now = before == null
                ? new Sums(new double[pictures][cells()], new double[pictures][cells()])
                : new Sums(
                        copy(before.getValue().words()), copy(before.getValue().subtracted()));
        LocalBlend own = byStep.get(Math.min(step, byStep.size() - 1));
        for (AttentionSite site : sites) {
            INDArray probs = maps.apply(site);
            for (int picture = 0; picture < pictures; picture++) {
                AttentionMap map = AttentionMap.read(site, probs, rows, picture, tokens);
                add(map, own.words().get(picture), now.words()[picture]);
                add(map, own.subtracted().get(picture), now.subtracted()[picture]);
            }
        }
        sums.tailMap(step, true).clear();
        sums.put(step, now);
    }

    private static void add(AttentionMap map, Set<Integer> tokens, double[] sum) {
        for (int head = 0; head < map.site().heads(); head++) {
            for (int query = 0; query < sum.length; query++) {
                for (int token : tokens) {
                    sum[query] += map.probability(head, query, token);
                }
            }
        }
    }

    /**
     * Where the targets differ from the source after a step: everywhere until the blend is active.
     *
     * @return 1 or 0, {@code [targets, height, width]} of the latents
     * @throws IllegalStateException if the blend is active and the attention of the step was not observed
     */
    public INDArray mask(int step) {
        boolean[][] masks = masks(step);
        float[] values = new float[masks.length * latents.cells()];
        for (int i = 0; i < values.length; i++) {
            values[i] = masks[i / latents.cells()][i % latents.cells()] ? 1 : 0;
        }
        return Nd4j.createFromArray(values).reshape(masks.length, latents.height(), latents.width());
    }

    /**
     * The latents after a step, with the source's in all targets outside their masks. Nothing is computed: every number
     * is one of the given ones.
     *
     * @param latents {@code [pictures, channels, height, width]}
     * @return a new array, or the given one if the blend is not yet active
     * @throws IllegalStateException if the blend is active and the attention of the step was not observed
     */
    public INDArray blend(int step, INDArray latents) {
        requireShape(latents);
        if (!isActive(step)) {
            return latents;
        }
        boolean[][] masks = masks(step);
        int cells = this.latents.cells();
        int picture = (int) latents.size(1) * cells;
        double[] values = latents.dup('c').data().asDouble();
        for (int i = picture; i < values.length; i++) {
            if (!masks[i / picture - 1][i % cells]) {
                values[i] = values[i % picture];
            }
        }
        DataType type = latents.dataType();
        return Nd4j.createFromArray(values).castTo(type).reshape(latents.shape());
    }

    private boolean[][] masks(int step) {
        boolean[][] masks = new boolean[rows.pictures() - 1][latents.cells()];
        if (!isActive(step)) {
            Arrays.stream(masks).forEach(mask -> Arrays.fill(mask, true));
            return masks;
        }
        Sums seen = sums.get(step);
        if (seen == null) {
            throw new IllegalStateException(
                    "local blending: no attention was observed in step %d, only in %s".formatted(step, sums.keySet()));
        }
        Arrays.setAll(masks, i -> mask(seen, i + 1));
        return masks;
    }

    private boolean[] mask(Sums seen, int picture) {
        boolean[] mask = either(above(seen.words(), 0), above(seen.words(), picture));
        boolean[] kept = either(keptIn(seen, 0), keptIn(seen, picture));
        for (int i = 0; i < mask.length; i++) {
            mask[i] &= !kept[i];
        }
        return mask;
    }

    private boolean[] above(double[][] words, int picture) {
        return plane(words[picture]).maxPooled().resized(latents).above(blend.threshold());
    }

    private boolean[] keptIn(Sums seen, int picture) {
        return plane(seen.subtracted()[picture]).resized(latents).above(blend.subtractThreshold());
    }

    private static boolean[] either(boolean[] a, boolean[] b) {
        boolean[] either = new boolean[a.length];
        for (int i = 0; i < a.length; i++) {
            either[i] = a[i] || b[i];
        }
        return either;
    }

    private Plane plane(double[] values) {
        return new Plane(values, Grid.of(sites.get(0)));
    }

    private int cells() {
        return Grid.of(sites.get(0)).cells();
    }

    private static double[][] copy(double[][] rows) {
        return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    }

    private void requireShape(INDArray given) {
        long[] shape = given.shape();
        if (shape.length != 4
                || shape[0] != rows.pictures()
                || shape[2] != latents.height()
                || shape[3] != latents.width()) {
            throw new IllegalArgumentException("local blending: latents %s, expected [%d pictures, channels, %d, %d]"
                    .formatted(Arrays.toString(shape), rows.pictures(), latents.height(), latents.width()));
        }
    }
}
