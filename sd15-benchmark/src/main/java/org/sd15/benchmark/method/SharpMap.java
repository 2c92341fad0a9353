package org.sd15.benchmark.method;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.heatmap.HeatMap;

/**
 * A heat map made as sharp as the picture: every pixel gets the mean heat of all pixels of about its colour.
 * Attention of 16 x 16 says which thing is meant, the colours of the picture say where it ends.
 *
 * @param values row by row
 */
record SharpMap(double[] values) {

    private static final int LEVELS = 64;
    private static final double DEVIATION = 0.12;
    private static final int QUANTILES = 49;

    /** Pixels of one colour. */
    private static final class Shade {
        private final double[] rgb;
        private int pixels;
        private double heat;
        private double mean;

        Shade(double[] rgb) {
            this.rgb = rgb;
        }
    }

    /**
     * Sharpens a map.
     *
     * @param map of any size
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     */
    static SharpMap of(HeatMap map, INDArray picture) {
        int area = Math.toIntExact(picture.size(2) * picture.size(3));
        float[] heat = map.resize((int) picture.size(2), (int) picture.size(3)).values();
        double[] colours = picture.dup('c').data().asDouble();
        Map<Integer, Shade> shades = new LinkedHashMap<>();
        Shade[] ofPixel = new Shade[area];
        for (int i = 0; i < area; i++) {
            double[] rgb = new double[3];
            int key = 0;
            for (int c = 0; c < rgb.length; c++) {
                long level = Math.round(colours[c * area + i] * LEVELS);
                rgb[c] = (double) level / LEVELS;
                key = key * (LEVELS + 1) + (int) level;
            }
            Shade shade = shades.computeIfAbsent(key, unseen -> new Shade(rgb));
            shade.pixels++;
            shade.heat += heat[i];
            ofPixel[i] = shade;
        }
        for (Shade shade : shades.values()) {
            shade.mean = mean(shade, shades.values());
        }
        return new SharpMap(
                Arrays.stream(ofPixel).mapToDouble(shade -> shade.mean).toArray());
    }

    private static double mean(Shade of, Iterable<Shade> all) {
        double heat = 0;
        double pixels = 0;
        for (Shade other : all) {
            double distance = 0;
            for (int c = 0; c < of.rgb.length; c++) {
                distance += (of.rgb[c] - other.rgb[c]) * (of.rgb[c] - other.rgb[c]);
            }
            double weight = Math.exp(-distance / (2 * DEVIATION * DEVIATION));
            heat += weight * other.heat;
            pixels += weight * other.pixels;
        }
        return heat / pixels;
    }

    /** The map as shares of its largest value. */
    SharpMap shares() {
        double largest = Arrays.stream(values).max().orElse(1);
        return new SharpMap(Arrays.stream(values).map(value -> value / largest).toArray());
    }

    /** Hot where both maps are, as shares of their largest values. */
    SharpMap and(SharpMap other) {
        double[] own = shares().values;
        double[] others = other.shares().values;
        double[] both = new double[own.length];
        Arrays.setAll(both, i -> own[i] * others[i]);
        return new SharpMap(both);
    }

    /**
     * The hotter part of two: the cut lies where the variance between both parts is largest.
     *
     * @see <a href="https://doi.org/10.1109/TSMC.1979.4310076">Otsu, A Threshold Selection Method from Gray-Level
     *     Histograms</a>
     */
    boolean[] hot() {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double sum = Arrays.stream(sorted).sum();
        double best = -1;
        double cut = sorted[sorted.length - 1];
        for (int k = 1; k < QUANTILES; k++) {
            double limit = sorted[k * sorted.length / QUANTILES];
            int below = 0;
            double belowSum = 0;
            while (below < sorted.length && sorted[below] < limit) {
                belowSum += sorted[below++];
            }
            int above = sorted.length - below;
            if (below > 0 && above > 0) {
                double apart = belowSum / below - (sum - belowSum) / above;
                double variance = (double) below * above * apart * apart;
                cut = variance > best ? limit : cut;
                best = Math.max(best, variance);
            }
        }
        boolean[] hot = new boolean[values.length];
        for (int i = 0; i < hot.length; i++) {
            hot[i] = values[i] >= cut;
        }
        return hot;
    }
}
