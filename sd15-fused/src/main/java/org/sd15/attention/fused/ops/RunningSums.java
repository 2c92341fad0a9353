package org.sd15.attention.fused.ops;

import java.util.Arrays;

/**
 * Sums over rows, one for each channel. Eight rows are added up in float32, eight such sums in float32 again, and those in
 * float64: a long float32 sum would lose digits, and float64 for each row would take twice as long.
 */
final class RunningSums {

    private static final int TOGETHER = 8;

    private final float[] few;
    private final float[] more;
    private final double[] totals;
    private int rows;

    RunningSums(int channels) {
        few = new float[channels];
        more = new float[channels];
        totals = new double[channels];
    }

    /** Sums over no rows yet. */
    void begin() {
        rows = 0;
        Arrays.fill(totals, 0);
    }

    /** Where the next row is to be added, before {@link #next}. */
    float[] open() {
        return few;
    }

    /** A row was added. */
    void next() {
        rows++;
        if (rows % TOGETHER == 0) {
            move(few, more);
            if (rows % (TOGETHER * TOGETHER) == 0) {
                settle();
            }
        }
    }

    /** That was the last row. */
    void end() {
        move(few, more);
        settle();
    }

    double total(int channel) {
        return totals[channel];
    }

    private static void move(float[] from, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
        Arrays.fill(from, 0);
    }

    private void settle() {
        for (int i = 0; i < totals.length; i++) {
            totals[i] += more[i];
        }
        Arrays.fill(more, 0);
    }
}
