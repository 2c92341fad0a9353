package org.sd15.pipeline.image;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;

/** The orientations of the Exif standard, by their numbers: what the first row and the first column of the file show. */
enum Orientation {
    TOP_LEFT(false, false, false),
    TOP_RIGHT(false, true, false),
    BOTTOM_RIGHT(false, true, true),
    BOTTOM_LEFT(false, false, true),
    LEFT_TOP(true, false, false),
    RIGHT_TOP(true, false, true),
    RIGHT_BOTTOM(true, true, true),
    LEFT_BOTTOM(true, true, false);

    private final boolean swapped;
    private final boolean fromRight;
    private final boolean fromBottom;

    Orientation(boolean swapped, boolean fromRight, boolean fromBottom) {
        this.swapped = swapped;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    /** The orientation of a number; the first one of a number that makes no sense. */
    static Orientation of(int number) {
        return values()[number >= 1 && number <= values().length ? number - 1 : 0];
    }

    /** An image as it is to be seen, as Pillow's {@code exif_transpose} turns it. */
    BufferedImage upright(BufferedImage image) {
        if (this == TOP_LEFT) {
            return image;
        }
        int across = image.getWidth();
        int down = image.getHeight();
        int width = swapped ? down : across;
        int height = swapped ? across : down;
        WritableRaster turned = image.getRaster().createCompatibleWritableRaster(width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = swapped ? y : x;
                int row = swapped ? x : y;
                Object pixel = image.getRaster()
                        .getDataElements(
                                fromRight ? across - 1 - column : column, fromBottom ? down - 1 - row : row, null);
                turned.setDataElements(x, y, pixel);
            }
        }
        return new BufferedImage(image.getColorModel(), turned, image.isAlphaPremultiplied(), null);
    }
}
