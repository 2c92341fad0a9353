package org.sd15.shapes;

import java.awt.Color;
import java.util.Locale;

/** The colours of backgrounds. */
public enum Backdrop {
    WHITE(245, 245, 245),
    GRAY(150, 150, 150),
    BLACK(20, 20, 20),
    BROWN(120, 80, 50);

    private final Color color;

    Backdrop(int red, int green, int blue) {
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
