package org.sd15.examples.training;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import org.nd4j.linalg.api.ndarray.INDArray;

/** How many shapes a drawn picture has: connected regions of pixels that differ from the background. */
final class CountedShapes {

    /** Fewer pixels are a blot. */
    private static final int LEAST = 40;

    private final int side;
    private final BitSet left;

    private CountedShapes(int side, BitSet shapes) {
        this.side = side;
        this.left = shapes;
    }

    /**
     * The number of regions of at least forty pixels.
     *
     * @param picture values from 0 to 1, {@code [3, side, side]}
     */
    static int in(INDArray picture) {
        int side = Math.toIntExact(picture.size(1));
        var counted = new CountedShapes(side, SeenColour.pixels(picture));
        int shapes = 0;
        while (!counted.left.isEmpty()) {
            shapes += counted.takeRegion(counted.left.nextSetBit(0)) >= LEAST ? 1 : 0;
        }
        return shapes;
    }

    /** Takes the region of a pixel away; its size. */
    private int takeRegion(int start) {
        Deque<Integer> open = new ArrayDeque<>();
        int size = 0;
        take(start, open);
        while (!open.isEmpty()) {
            int pixel = open.pop();
            size++;
            take(pixel % side > 0 ? pixel - 1 : pixel, open);
            take(pixel % side < side - 1 ? pixel + 1 : pixel, open);
            take(pixel >= side ? pixel - side : pixel, open);
            take(pixel + side, open);
        }
        return size;
    }

    private void take(int pixel, Deque<Integer> open) {
        if (left.get(pixel)) {
            left.clear(pixel);
            open.push(pixel);
        }
    }
}
