package org.sd15.shapes;

import java.awt.Color;
import java.util.Locale;

/** The colours of shapes. */
public enum ShapeColor {
    RED(214, 40, 40),
    GREEN(42, 157, 70),
    BLUE(38, 84, 200),
    YELLOW(240, 200, 40),
    PURPLE(130, 60, 170),
    ORANGE(240, 130, 30),
    PINK(240, 130, 180),
    CYAN(40, 190, 200);

    private final Color color;

    ShapeColor(int red, int green, int blue) {
        color = new Color(red, green, blue);
    }

    /** The colour to paint with. */
    public Color color() {
        return color;
    }

    /** The word in a caption. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
