package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;

/**
 * The cross attentions of one small size that editors read words from: 16x16 in Stable Diffusion 1.5, where shapes are
 * decided.
 *
 * @param sites the attentions, all of one size
 */
public record WordMaps(List<AttentionSite> sites) {

    private static final int HALVINGS = 2;

    /** Copies the list. */
    public WordMaps {
        sites = List.copyOf(sites);
    }

    /**
     * All cross attentions of a size outside the middle block. If no size was chosen and the model has none at that of
     * the latents halved twice, the next finer one serves.
     *
     * @param purpose begins the message of a failure
     * @throws IllegalArgumentException if there is none
     */
    public static List<AttentionSite> sites(
            String purpose, Collection<AttentionSite> all, Grid latents, @Nullable Grid resolution) {
        List<AttentionSite> candidates = all.stream()
                .filter(site -> site.isCross() && site.place() != Place.MID)
                .toList();
        Grid wanted = resolution == null ? latents.halved(HALVINGS) : resolution;
        Predicate<Grid> fine = resolution == null ? wanted::fitsIn : wanted::equals;
        Grid grid = candidates.stream()
                .map(Grid::of)
                .filter(fine)
                .min(Comparator.comparingInt(Grid::cells))
                .orElseThrow(() -> noSuchMaps(purpose, wanted, candidates));
        return candidates.stream().filter(site -> Grid.of(site).equals(grid)).toList();
    }

    private static IllegalArgumentException noSuchMaps(String purpose, Grid wanted, List<AttentionSite> candidates) {
        String known =
                candidates.stream().map(Grid::of).distinct().map(Grid::toString).collect(Collectors.joining(", "));
        return new IllegalArgumentException(
                "%s: the model has no cross attention of %s outside its middle block; it has %s"
                        .formatted(purpose, wanted, known.isEmpty() ? "none" : known));
    }

    /** The size of the maps. */
    public Grid grid() {
        return Grid.of(sites.get(0));
    }

    /** The names of the maps. */
    public List<String> names() {
        return sites.stream().map(AttentionSite::probs).toList();
    }

    /** Heads of all sites together. */
    int heads() {
        return sites.stream().mapToInt(AttentionSite::heads).sum();
    }

    /**
     * The attention of a picture's pixels to the first tokens, the mean over sites and heads.
     *
     * @param maps by name, {@code [rows, heads, queries, keys]}
     * @return {@code [tokens][pixels]}
     */
    public double[][] mean(Map<String, INDArray> maps, RowLayout rows, int picture, int tokens) {
        int heads = heads();
        double[][] mean = new double[tokens][grid().cells()];
        for (AttentionMap map : read(maps, rows, picture, tokens)) {
            for (int head = 0; head < map.site().heads(); head++) {
                for (int token = 0; token < tokens; token++) {
                    for (int pixel = 0; pixel < mean[token].length; pixel++) {
                        mean[token][pixel] += map.probability(head, pixel, token) / heads;
                    }
                }
            }
        }
        return mean;
    }

    /**
     * What {@link #mean} of one picture passes back to the maps.
     *
     * @param maps for their shapes, {@code [1, heads, queries, keys]}
     * @param slope with respect to the mean, {@code [tokens][pixels]}
     * @return cotangents by name
     */
    public Map<String, INDArray> cotangents(Map<String, INDArray> maps, double[][] slope) {
        Map<String, INDArray> cotangents = new LinkedHashMap<>();
        for (AttentionSite site : sites) {
            double[] values = new double[site.heads() * site.queries() * site.keys()];
            for (int i = 0; i < values.length; i++) {
                int token = i % site.keys();
                int pixel = i / site.keys() % site.queries();
                values[i] = token < slope.length ? slope[token][pixel] / heads() : 0;
            }
            INDArray map = Objects.requireNonNull(maps.get(site.probs()), site.probs());
            cotangents.put(
                    site.probs(),
                    Nd4j.createFromArray(values).reshape(map.shape()).castTo(map.dataType()));
        }
        return cotangents;
    }

    private List<AttentionMap> read(Map<String, INDArray> maps, RowLayout rows, int picture, int tokens) {
        List<AttentionMap> read = new ArrayList<>();
        for (AttentionSite site : sites) {
            INDArray probs = Objects.requireNonNull(maps.get(site.probs()), site.probs());
            read.add(AttentionMap.read(site, probs, rows, picture, tokens));
        }
        return read;
    }
}
