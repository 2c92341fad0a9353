package org.sd15.benchmark;

import java.awt.Color;
import java.awt.Rectangle;
import java.awt.Shape;
import java.util.stream.Stream;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/**
 * How well the outline of an object fits to what is at its place: intersection over union with the pixels around that are
 * nearer to its colour than to the background, best over small shifts and changes of size.
 */
final class OutlineFit {

    private static final double HALF = 0.5;
    private static final double NEIGHBOURHOOD = 1.6;
    private static final double[] SHIFTS = {-0.04, 0, 0.04};
    private static final double[] SCALES = {0.85, 1, 1.15};

    private final int side;
    private final ShapeObject object;
    private final boolean[] there;
    private final Best best;

    private record Best(boolean[] inside, double overlap) {}

    /**
     * Fits the outline.
     *
     * @param side pixels on a side
     * @param object the object
     * @param pixels the picture
     * @param behind the background's colour
     * @param free pixels that belong to no other object
     */
    OutlineFit(int side, ShapeObject object, PixelColors pixels, Color behind, boolean[] free) {
        this.side = side;
        this.object = object;
        there = new boolean[side * side];
        boolean[] own = covered(object, side);
        for (int i = 0; i < there.length; i++) {
            double dx = (i % side + HALF) / side - object.x();
            double dy = (i / side + HALF) / side - object.y();
            boolean near = Math.hypot(dx, dy) < NEIGHBOURHOOD * object.radius();
            there[i] = near
                    && (free[i] || own[i])
                    && pixels.isNearer(i, object.color().color(), behind);
        }
        best = fitted(object);
    }

    /** Pixels whose centres lie in an object, row by row. */
    static boolean[] covered(ShapeObject object, int side) {
        Shape outline = object.kind().outline(object.x() * side, object.y() * side, object.radius() * side);
        Rectangle around = outline.getBounds();
        boolean[] covered = new boolean[side * side];
        for (int i = 0; i < covered.length; i++) {
            covered[i] = around.contains(i % side, i / side) && outline.contains(i % side + HALF, i / side + HALF);
        }
        return covered;
    }

    /** Pixels of the outline where it fits best. */
    boolean[] inside() {
        return best.inside;
    }

    /** Intersection over union, from 0 to 1. */
    double overlap() {
        return best.overlap;
    }

    /** Whether no other shape fits better. */
    boolean isOfItsKind() {
        return Stream.of(ShapeKind.values())
                .allMatch(kind -> kind == object.kind() || fitted(object.as(kind)).overlap < best.overlap);
    }

    private Best fitted(ShapeObject shape) {
        Best found = new Best(new boolean[side * side], 0);
        for (double dx : SHIFTS) {
            for (double dy : SHIFTS) {
                for (double scale : SCALES) {
                    boolean[] moved = covered(
                            new ShapeObject(
                                    shape.kind(),
                                    shape.color(),
                                    shape.x() + dx,
                                    shape.y() + dy,
                                    shape.radius() * scale),
                            side);
                    double overlap = overlap(moved, there);
                    found = overlap > found.overlap ? new Best(moved, overlap) : found;
                }
            }
        }
        return found;
    }

    private static double overlap(boolean[] one, boolean[] other) {
        int both = 0;
        int any = 0;
        for (int i = 0; i < one.length; i++) {
            both += one[i] && other[i] ? 1 : 0;
            any += one[i] || other[i] ? 1 : 0;
        }
        return any == 0 ? 0 : (double) both / any;
    }
}
