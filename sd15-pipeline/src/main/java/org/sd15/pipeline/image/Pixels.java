package org.sd15.pipeline.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.Raster;

/** The values of an image's pixels, from 0 to 1. */
sealed interface Pixels {

    /** A colour: 0 red, 1 green, 2 blue. */
    float colour(int x, int y, int channel);

    /** 1 where the image is opaque. */
    float alpha(int x, int y);

    static Pixels of(BufferedImage image) {
        ColorModel colours = image.getColorModel();
        return colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY
                ? new Grey(image.getRaster(), (1 << colours.getComponentSize(0)) - 1, colours.hasAlpha())
                : new Argb(image);
    }

    /** Eight bits a colour, as Java converts them. */
    record Argb(BufferedImage image) implements Pixels {

        private static final float WHITE = 255;

        @Override
        public float colour(int x, int y, int channel) {
            return (image.getRGB(x, y) >> 16 - 8 * channel & 0xFF) / WHITE;
        }

        @Override
        public float alpha(int x, int y) {
            return (image.getRGB(x, y) >>> 24) / WHITE;
        }
    }

    /**
     * Shades of grey as they are written in the file. Java would take them for linear light and make 149 of 255 a 201,
     * which no other program does.
     *
     * @param white the largest sample
     */
    record Grey(Raster raster, float white, boolean hasAlpha) implements Pixels {

        @Override
        public float colour(int x, int y, int channel) {
            return raster.getSample(x, y, 0) / white;
        }

        @Override
        public float alpha(int x, int y) {
            return hasAlpha ? raster.getSample(x, y, 1) / white : 1;
        }
    }
}
