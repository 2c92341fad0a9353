package org.sd15.pipeline.edit;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One channel of a picture, row by row.
 *
 * @param values {@code [grid.height * grid.width]}
 */
record Plane(double[] values, Grid grid) {

    /** The values of an array {@code [height, width]}. */
    static Plane of(INDArray array) {
        var grid = new Grid(Math.toIntExact(array.size(0)), Math.toIntExact(array.size(1)));
        return new Plane(array.dup('c').data().asDouble(), grid);
    }

    /** The values as an array {@code [height, width]} in float32. */
    INDArray array() {
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(grid.height(), grid.width());
    }

    /** The largest of each pixel and its neighbours: {@code max_pool2d(x, 3, stride=1, padding=1)}. */
    Plane maxPooled() {
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
    Plane resized(Grid to) {
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
    Plane aboveShareOfRange(double share) {
        double min = Arrays.stream(values).min().orElseThrow();
        double max = Arrays.stream(values).max().orElseThrow();
        double[] above = new double[values.length];
        Arrays.setAll(above, i -> max == min || (values[i] - min) / (max - min) >= share ? 1 : 0);
        return new Plane(above, grid);
    }

    /** Where the values exceed a share of the largest; nowhere if there is no positive value. */
    boolean[] above(double share) {
        double largest = Arrays.stream(values).max().orElse(0);
        boolean[] above = new boolean[values.length];
        for (int i = 0; i < values.length; i++) {
            above[i] = largest > 0 && values[i] / largest > share;
        }
        return above;
    }
}
