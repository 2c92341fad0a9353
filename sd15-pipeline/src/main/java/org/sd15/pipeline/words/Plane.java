package org.sd15.pipeline.words;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.Grid;

/**
 * One channel of a picture, row by row.
 *
 * @param values {@code [grid.height * grid.width]}
 */
public record Plane(double[] values, Grid grid) {

    /** A Gaussian of which the published code doubles the denominator: {@code exp(-1)} beside 1, made to sum to 1. */
    private static final double CENTRE = 1 / (1 + 2 * Math.exp(-1));

    private static final double SIDE = (1 - CENTRE) / 2;

    /** The mean of each pixel and its neighbours under a Gaussian of 3x3; pixels at the edge see their mirror image. */
    public Plane smoothed() {
        double[] smooth = new double[values.length];
        for (int y = 0; y < grid.height(); y++) {
            for (int x = 0; x < grid.width(); x++) {
                double rows = CENTRE * alongRow(y, x);
                rows += SIDE
                        * (alongRow(mirrored(y - 1, grid.height()), x) + alongRow(mirrored(y + 1, grid.height()), x));
                smooth[y * grid.width() + x] = rows;
            }
        }
        return new Plane(smooth, grid);
    }

    private double alongRow(int y, int x) {
        int row = y * grid.width();
        return CENTRE * values[row + x]
                + SIDE * (values[row + mirrored(x - 1, grid.width())] + values[row + mirrored(x + 1, grid.width())]);
    }

    /** Torch's reflect padding; a line of one pixel is its own mirror image. */
    private static int mirrored(int position, int size) {
        if (size == 1) {
            return 0;
        }
        return position < 0 ? 1 : position == size ? size - 2 : position;
    }

    /**
     * 1 where a value is at least a quantile of all, else 0; nowhere if the share is above 1.
     *
     * @param conformance {@link Conformance#REFERENCE} rounds as torch does in single precision, which leaves out a pixel
     *     where the quantile should be its value
     */
    public Plane fromQuantile(double share, Conformance conformance) {
        boolean single = conformance == Conformance.REFERENCE;
        double[] rounded = values.clone();
        if (single) {
            Arrays.setAll(rounded, i -> (float) values[i]);
        }
        double limit = share > 1
                ? Double.POSITIVE_INFINITY
                : single ? Quantile.inSinglePrecision(rounded, share) : Quantile.of(rounded, share);
        return new Plane(
                Arrays.stream(rounded).map(value -> value >= limit ? 1 : 0).toArray(), grid);
    }

    /** The values of an array {@code [height, width]}. */
    public static Plane of(INDArray array) {
        var grid = new Grid(Math.toIntExact(array.size(0)), Math.toIntExact(array.size(1)));
        return new Plane(array.dup('c').data().asDouble(), grid);
    }

    /** The values as an array {@code [height, width]} in float32. */
    public INDArray array() {
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(grid.height(), grid.width());
    }

    /** The largest of each pixel and its neighbours: {@code max_pool2d(x, 3, stride=1, padding=1)}. */
    public Plane maxPooled() {
        double[] pooled = new double[values.length];
        for (int y = 0; y < grid.height(); y++) {
            for (int x = 0; x < grid.width(); x++) {
                pooled[y * grid.width() + x] = largestAround(y, x);
            }
        }
        return new Plane(pooled, grid);
    }

    private double largestAround(int y, int x) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = Math.max(0, y - 1); i <= Math.min(grid.height() - 1, y + 1); i++) {
            for (int j = Math.max(0, x - 1); j <= Math.min(grid.width() - 1, x + 1); j++) {
                largest = Math.max(largest, values[i * grid.width() + j]);
            }
        }
        return largest;
    }

    /** Nearest neighbours: {@code interpolate(x, size, mode="nearest")}. */
    public Plane resized(Grid to) {
        double[] resized = new double[to.cells()];
        for (int y = 0; y < to.height(); y++) {
            int row = nearest(y, grid.height(), to.height());
            for (int x = 0; x < to.width(); x++) {
                resized[y * to.width() + x] = values[row * grid.width() + nearest(x, grid.width(), to.width())];
            }
        }
        return new Plane(resized, to);
    }

    /** Torch's rounding, float32 included: at uneven ratios it decides which of two pixels is the nearest. */
    private static int nearest(int position, int from, int to) {
        float scale = (float) from / to;
        return Math.min((int) (position * scale), from - 1);
    }

    /** 1 where the values, stretched to 0..1, reach a share, else 0; 1 everywhere if they are all the same. */
    public Plane aboveShareOfRange(double share) {
        double min = Arrays.stream(values).min().orElseThrow();
        double max = Arrays.stream(values).max().orElseThrow();
        double[] above = new double[values.length];
        Arrays.setAll(above, i -> max == min || (values[i] - min) / (max - min) >= share ? 1 : 0);
        return new Plane(above, grid);
    }

    /** Where the values exceed a share of the largest; nowhere if there is no positive value. */
    public boolean[] above(double share) {
        double largest = Arrays.stream(values).max().orElse(0);
        boolean[] above = new boolean[values.length];
        for (int i = 0; i < values.length; i++) {
            above[i] = largest > 0 && values[i] / largest > share;
        }
        return above;
    }
}
