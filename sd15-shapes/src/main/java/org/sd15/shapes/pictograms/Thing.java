package org.sd15.shapes.pictograms;

/**
 * A pictogram in a scene.
 *
 * @param pictogram what it is
 * @param left pixels to the left of it
 * @param top pixels above it
 * @param side its size in pixels
 */
public record Thing(Pictogram pictogram, int left, int top, int side) {

    /** Another pictogram in its place. */
    public Thing as(Pictogram other) {
        return new Thing(other, left, top, side);
    }

    /** The middle, in pixels from the left. */
    double x() {
        return left + side / 2.0;
    }

    /** The middle, in pixels from the top. */
    double y() {
        return top + side / 2.0;
    }
}
