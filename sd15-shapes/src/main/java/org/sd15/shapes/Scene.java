package org.sd15.shapes;

import java.util.List;

/**
 * Shapes on a background, and the caption that says so.
 *
 * @param objects the shapes, the later ones in front
 * @param backdrop the colour behind them
 * @param caption what a person would write under the picture
 */
public record Scene(List<ShapeObject> objects, Backdrop backdrop, String caption) {

    /** Copies the list. */
    public Scene {
        objects = List.copyOf(objects);
    }
}
