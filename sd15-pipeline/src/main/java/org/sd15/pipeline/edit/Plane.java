package org.sd15.pipeline.edit;

import java.util.Arrays;

/**
 * One channel of a picture, row by row.
 *
 * @param values {@code [grid.height * grid.width]}
 */
record Plane(double[] values, Grid grid) {

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
