package org.sd15.benchmark;

import java.util.Arrays;
import java.util.List;

/**
 * Masks of PIE-Bench: start and length of each run in turn, over a picture row by row. As published, a border of one pixel
 * always belongs to the mask, "to avoid annotation errors in boundary".
 *
 * @see "cure-lab/PnPInversion, evaluation/evaluate.py, mask_decode"
 */
final class RunLengthMask {

    private RunLengthMask() {}

    /**
     * Makes sure that a mask can be decoded.
     *
     * @param runs start, length, start, length...
     * @param side of the picture
     * @throws IllegalArgumentException if a start has no length, or a run lies outside of the picture
     */
    static void requireRuns(List<Integer> runs, int side) {
        if (runs.size() % 2 != 0) {
            throw new IllegalArgumentException(
                    "a mask of %d numbers; starts and lengths come in pairs".formatted(runs.size()));
        }
        for (int i = 0; i < runs.size(); i += 2) {
            int start = runs.get(i);
            int length = runs.get(i + 1);
            if (start < 0 || start > side * side || length < 0) {
                throw new IllegalArgumentException("a run of %d from %d does not lie in a mask of %d x %d pixels"
                        .formatted(length, start, side, side));
            }
        }
    }

    /**
     * Decodes a mask.
     *
     * @param runs start, length, start, length...; a run that leads beyond the end is cut there
     * @param side of the picture
     * @return 1 where a change is allowed, else 0; {@code side * side} values
     * @throws IllegalArgumentException if a start has no length, or a run lies outside of the picture
     */
    static float[] decode(List<Integer> runs, int side) {
        requireRuns(runs, side);
        float[] mask = new float[side * side];
        for (int i = 0; i < runs.size(); i += 2) {
            int start = runs.get(i);
            Arrays.fill(mask, start, (int) Math.min(mask.length, (long) start + runs.get(i + 1)), 1);
        }
        for (int i = 0; i < side; i++) {
            mask[i] = 1;
            mask[(side - 1) * side + i] = 1;
            mask[i * side] = 1;
            mask[i * side + side - 1] = 1;
        }
        return mask;
    }

    /** A mask in another size: a pixel belongs to it if any that it covers does. */
    static float[] resized(float[] mask, int side, int newSide) {
        float[] resized = new float[newSide * newSide];
        for (int i = 0; i < resized.length; i++) {
            int top = i / newSide * side / newSide;
            int left = i % newSide * side / newSide;
            int bottom = Math.max(top + 1, (i / newSide + 1) * side / newSide);
            int right = Math.max(left + 1, (i % newSide + 1) * side / newSide);
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    resized[i] = Math.max(resized[i], mask[y * side + x]);
                }
            }
        }
        return resized;
    }
}
