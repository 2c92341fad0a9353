package org.sd15.shapes;

/**
 * A shape in a scene. Lengths are shares of the picture's side.
 *
 * @param kind what it is
 * @param color its colour
 * @param x centre from the left
 * @param y centre from the top
 * @param radius its size
 */
public record ShapeObject(ShapeKind kind, ShapeColor color, double x, double y, double radius) {

    /** The same in another colour. */
    public ShapeObject in(ShapeColor other) {
        return new ShapeObject(kind, other, x, y, radius);
    }

    /** Another kind of the same colour, at the same place. */
    public ShapeObject as(ShapeKind other) {
        return new ShapeObject(other, color, x, y, radius);
    }

    /** Its name in a caption, such as {@code red circle}. */
    public String phrase() {
        return color.word() + " " + kind.word();
    }
}
