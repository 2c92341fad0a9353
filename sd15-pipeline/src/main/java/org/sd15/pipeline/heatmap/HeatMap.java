package org.sd15.pipeline.heatmap;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.denoise.Grid;

/**
 * One value for each pixel.
 *
 * @param values row by row, {@code [height * width]}
 * @param height rows
 * @param width columns
 */
public record HeatMap(float[] values, int height, int width) {

    private static final double SMALL = 1e-8;

    /** Copies the values and checks their number. */
    public HeatMap {
        if (height < 1 || width < 1 || values.length != (long) height * width) {
            throw new IllegalArgumentException(
                    "a heat map of %d x %d pixels with %d values".formatted(height, width, values.length));
        }
        values = values.clone();
    }

    static HeatMap of(double[] values, Grid grid) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) values[i];
        }
        return new HeatMap(rounded, grid.height(), grid.width());
    }

    /** A copy of the values, row by row. */
    @Override
    public float[] values() {
        return values.clone();
    }

    /** The value of a pixel. */
    public float at(int row, int column) {
        if (row < 0 || row >= height || column < 0 || column >= width) {
            throw new IndexOutOfBoundsException("pixel (%d, %d) of %d x %d".formatted(row, column, height, width));
        }
        return values[row * width + column];
    }

    /** The map in another size, bicubic; values may overshoot a little. */
    public HeatMap resize(int newHeight, int newWidth) {
        Grid to = new Grid(newHeight, newWidth);
        return of(new Bicubic(new Grid(height, width), to).resize(doubles()), to);
    }

    /** The map stretched to 0..1: {@code (x - min) / (max - min + 1e-8)}. */
    public HeatMap minMax() {
        double[] stretched = doubles();
        double min = Arrays.stream(stretched).min().orElseThrow();
        double max = Arrays.stream(stretched).max().orElseThrow();
        Arrays.setAll(stretched, i -> (stretched[i] - min) / (max - min + SMALL));
        return of(stretched, new Grid(height, width));
    }

    /** What to lay over a picture of a size: resized, then stretched to 0..1. */
    public HeatMap overlay(int pictureHeight, int pictureWidth) {
        return resize(pictureHeight, pictureWidth).minMax();
    }

    /**
     * Where the map, stretched to 0..1, reaches a share, and some pixels around: a mask for an edit.
     *
     * @param share from 0, everywhere, to 1
     * @param margin how many pixels further the mask reaches in all directions
     * @return 1 or 0, {@code [height, width]}
     */
    public INDArray mask(double share, int margin) {
        if (!(share >= 0 && share <= 1) || margin < 0) {
            throw new IllegalArgumentException(
                    "a mask from a share of %s with a margin of %d; a share from 0 to 1 and no negative margin are needed"
                            .formatted(share, margin));
        }
        double[] all = doubles();
        double min = Arrays.stream(all).min().orElseThrow();
        double max = Arrays.stream(all).max().orElseThrow();
        INDArray mask = Nd4j.zeros(DataType.FLOAT, height, width);
        for (int i = 0; i < all.length; i++) {
            if (all[i] - min >= share * (max - min)) {
                int y = i / width;
                int x = i % width;
                mask.get(
                                NDArrayIndex.interval(Math.max(0, y - margin), Math.min(height, y + margin + 1)),
                                NDArrayIndex.interval(Math.max(0, x - margin), Math.min(width, x + margin + 1)))
                        .assign(1);
            }
        }
        return mask;
    }

    /** The rows as comma-separated values, top to bottom. */
    public List<String> csv() {
        return IntStream.range(0, height)
                .mapToObj(row -> IntStream.range(0, width)
                        .mapToObj(column -> Float.toString(values[row * width + column]))
                        .collect(Collectors.joining(",")))
                .toList();
    }

    double[] doubles() {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeatMap map
                && map.height == height
                && map.width == width
                && Arrays.equals(map.values, values);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(values) + height) + width;
    }

    @Override
    public String toString() {
        return "HeatMap[%d x %d]".formatted(height, width);
    }
}
