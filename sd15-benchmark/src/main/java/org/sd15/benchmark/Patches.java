package org.sd15.benchmark;

import java.util.ArrayDeque;
import java.util.Deque;

/** Sets of pixels of a square picture, row by row, as connected patches. */
final class Patches {

    private Patches() {}

    /** Pixels of the largest patch, connected by sides. */
    static int largest(boolean[] pixels, int side) {
        boolean[] left = pixels.clone();
        int largest = 0;
        for (int i = 0; i < left.length; i++) {
            if (left[i]) {
                largest = Math.max(largest, taken(left, i, side));
            }
        }
        return largest;
    }

    /** Takes the patch of a pixel away. */
    private static int taken(boolean[] left, int start, int side) {
        Deque<Integer> open = new ArrayDeque<>();
        open.add(start);
        left[start] = false;
        int size = 0;
        while (!open.isEmpty()) {
            int i = open.remove();
            size++;
            int[] near = {
                i % side > 0 ? i - 1 : i, i % side < side - 1 ? i + 1 : i, i - side, i + side,
            };
            for (int next : near) {
                if (next >= 0 && next < left.length && left[next]) {
                    left[next] = false;
                    open.add(next);
                }
            }
        }
        return size;
    }

    /** All pixels within a distance, in rows and in columns. */
    static boolean[] grown(boolean[] pixels, int side, int distance) {
        boolean[] grown = new boolean[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            if (pixels[i]) {
                for (int y = Math.max(0, i / side - distance); y <= Math.min(side - 1, i / side + distance); y++) {
                    for (int x = Math.max(0, i % side - distance); x <= Math.min(side - 1, i % side + distance); x++) {
                        grown[y * side + x] = true;
                    }
                }
            }
        }
        return grown;
    }

    /** The pixels that have no other ones within a distance, in rows and in columns. */
    static boolean[] shrunk(boolean[] pixels, int side, int distance) {
        boolean[] others = grown(inverted(pixels), side, distance);
        return inverted(others);
    }

    private static boolean[] inverted(boolean[] pixels) {
        boolean[] inverted = new boolean[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            inverted[i] = !pixels[i];
        }
        return inverted;
    }
}
