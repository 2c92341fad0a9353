package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import org.sd15.pipeline.heatmap.HeatMap;

/** A heat map laid over a picture: dark violet where a word was not looked for, yellow where it was most. */
public final class HeatPicture {

    private static final int[] COLOURS = {0x0b0724, 0x3b0f70, 0x8c2981, 0xde4968, 0xfe9f6d, 0xfcfdbf};
    private static final double LEAST_OPACITY = 0.25;
    private static final double MOST_OPACITY = 0.75;

    private HeatPicture() {}

    /** The picture in grey with the map in colours over it. */
    public static BufferedImage over(BufferedImage picture, HeatMap map) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        float[] heat = map.overlay(height, width).values();
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < heat.length; i++) {
            int x = i % width;
            int y = i / width;
            double opacity = LEAST_OPACITY + (MOST_OPACITY - LEAST_OPACITY) * heat[i];
            image.setRGB(x, y, mix(grey(picture.getRGB(x, y)), colour(heat[i]), opacity));
        }
        return image;
    }

    /** The map alone, in colours; from 0 to 1. */
    public static BufferedImage alone(HeatMap map) {
        var image = new BufferedImage(map.width(), map.height(), BufferedImage.TYPE_INT_RGB);
        float[] heat = map.values();
        for (int i = 0; i < heat.length; i++) {
            image.setRGB(i % map.width(), i / map.width(), colour(heat[i]));
        }
        return image;
    }

    private static int grey(int rgb) {
        int level = ((rgb >> 16 & 255) * 299 + (rgb >> 8 & 255) * 587 + (rgb & 255) * 114) / 1000;
        return level << 16 | level << 8 | level;
    }

    private static int colour(double value) {
        double place = Math.max(0, Math.min(1, value)) * (COLOURS.length - 1);
        int lower = Math.min((int) place, COLOURS.length - 2);
        return mix(COLOURS[lower], COLOURS[lower + 1], place - lower);
    }

    private static int mix(int a, int b, double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            long level = Math.round((a >> shift & 255) * (1 - share) + (b >> shift & 255) * share);
            mixed |= (int) level << shift;
        }
        return mixed;
    }
}
