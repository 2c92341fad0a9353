package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The tiles of 4x4 pixels that maps {@code [batch, height, width, channels]} are cut into, row by row and picture by
 * picture; at the right and at the bottom they may stick out. A tile reads 6x6 pixels: one more on each side.
 */
record WinogradTiles(int batch, int height, int width) {

    /** Floats that are transformed at a time, about: rows of them stay in the nearest cache. */
    private static final int ROW = 512;

    private static final int TILE = WinogradTransforms.TILE;
    private static final int STEP = WinogradTransforms.STEP;

    static WinogradTiles of(ConvolutionGeometry geometry) {
        return new WinogradTiles(
                Math.toIntExact(geometry.batch()),
                Math.toIntExact(geometry.height()),
                Math.toIntExact(geometry.width()));
    }

    private int down() {
        return (height + STEP - 1) / STEP;
    }

    private int across() {
        return (width + STEP - 1) / STEP;
    }

    /** How many there are. */
    int count() {
        return batch * down() * across();
    }

    /** How many things of as many channels fill a row. */
    static int together(int channels) {
        return Math.max(1, ROW / channels);
    }

    /** The picture of a tile. */
    int picture(int tile) {
        return tile / (down() * across());
    }

    private int top(int tile) {
        return tile / across() % down() * STEP;
    }

    private int left(int tile) {
        return tile % across() * STEP;
    }

    private int pixel(int tile, int y, int x) {
        return (picture(tile) * height + y) * width + x;
    }

    /** What tiles read of a map, at a place of the 36 rows; zeros beyond the map. */
    void read(FloatBuffer map, int channels, int tile, float[][] rows, int place) {
        for (int i = 0; i < TILE * TILE; i++) {
            int y = top(tile) - 1 + i / TILE;
            int x = left(tile) - 1 + i % TILE;
            if (y >= 0 && y < height && x >= 0 && x < width) {
                map.get(pixel(tile, y, x) * channels, rows[i], place, channels);
            } else {
                Arrays.fill(rows[i], place, place + channels, 0);
            }
        }
    }

    /** Work on a pixel. */
    @FunctionalInterface
    interface PixelWork {
        void accept(int pixel, int row);
    }

    /** Visits the pixels of a tile that are on the map, with the row of the 6x6 that holds each of them. */
    void forEachPixel(int tile, PixelWork work) {
        int rows = Math.min(STEP, height - top(tile));
        int columns = Math.min(STEP, width - left(tile));
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                work.accept(pixel(tile, top(tile) + y, left(tile) + x), y * TILE + x);
            }
        }
    }
}
