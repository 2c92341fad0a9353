package org.sd15.testing.shapes;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.sd15.shapes.pictograms.Pictogram;

/** Pictograms that a test draws itself, as the real ones are not part of the project. */
public final class DrawnSprites {

    private static final int SIDE = 64;

    private DrawnSprites() {}

    /** A square of one colour that fills its picture: it covers every pixel wholly. */
    public static Pictogram square(String name, Color color) {
        return new Pictogram(name, image(color, false));
    }

    /** A disc of one colour, with a soft edge. */
    public static Pictogram disc(String name, Color color) {
        return new Pictogram(name, image(color, true));
    }

    /** Six of them. */
    public static List<Pictogram> six() {
        return List.of(
                disc("cherry", Color.RED),
                disc("unicorn", Color.MAGENTA),
                disc("orange", Color.ORANGE),
                square("blue book", Color.BLUE),
                square("snowman", Color.WHITE),
                disc("umbrella", new Color(20, 120, 20)));
    }

    /** The picture of one. */
    public static BufferedImage image(Color color, boolean round) {
        var image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(color);
        if (round) {
            graphics.fillOval(4, 4, SIDE - 8, SIDE - 8);
        } else {
            graphics.fillRect(0, 0, SIDE, SIDE);
        }
        graphics.dispose();
        return image;
    }
}
