package org.sd15.shapes.pictograms;

import java.awt.Color;
import java.util.Locale;

/** The colours of backgrounds: paler or darker than those of things, so that things stand out. */
public enum Backdrop {
    WHITE(246, 246, 246),
    GRAY(150, 150, 150),
    BLACK(24, 24, 24),
    BROWN(130, 90, 60),
    BLUE(120, 180, 240),
    GREEN(130, 200, 110),
    PINK(250, 190, 210),
    YELLOW(250, 225, 130);

    private final Color color;

    Backdrop(int red, int green, int blue) {
        color = new Color(red, green, blue);
    }

    /** The colour: red, green and blue from 0 to 1. */
    public float[] color() {
        return color.getRGBColorComponents(null);
    }

    /** The word in a caption. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
