package org.sd15.benchmark;

import java.awt.Color;
import java.util.Collection;
import java.util.Comparator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The pixels of a picture, by the colours that they are nearest to.
 *
 * @param rgb red, green and blue from 0 to 255, one array a pixel, row by row
 */
record PixelColors(double[][] rgb) {

    private static final double WHITE = 255;
    private static final double NEARLY = 1.5;

    /** Of a picture {@code [1, 3, H, W]}, values from 0 to 1. */
    static PixelColors of(INDArray picture) {
        float[] values = picture.dup('c').data().asFloat();
        int pixels = values.length / 3;
        double[][] rgb = new double[pixels][3];
        for (int i = 0; i < values.length; i++) {
            rgb[i % pixels][i / pixels] = WHITE * values[i];
        }
        return new PixelColors(rgb);
    }

    /**
     * Whether, of some colours, one is nearest to the mean of some pixels, and nearest or nearly so to a share of them: at
     * most half as far again as the nearest one. Never, if there are no pixels.
     */
    boolean isMostly(Color color, Collection<Color> known, boolean[] where, double share) {
        double[] mean = new double[3];
        int count = 0;
        int alike = 0;
        for (int i = 0; i < where.length; i++) {
            if (where[i]) {
                count++;
                alike += isNearly(color, known, rgb[i]) ? 1 : 0;
                for (int c = 0; c < 3; c++) {
                    mean[c] += rgb[i][c];
                }
            }
        }
        for (int c = 0; c < 3; c++) {
            mean[c] /= count;
        }
        return count > 0 && alike >= share * count && isNearest(color, known, mean);
    }

    /** Where a colour is the nearest one. */
    boolean[] where(Color color, Collection<Color> known) {
        boolean[] where = new boolean[rgb.length];
        for (int i = 0; i < where.length; i++) {
            where[i] = isNearest(color, known, rgb[i]);
        }
        return where;
    }

    /** Whether a pixel is nearer to one colour than to another. */
    boolean isNearer(int pixel, Color color, Color other) {
        return distance(color, rgb[pixel]) < distance(other, rgb[pixel]);
    }

    private static boolean isNearest(Color color, Collection<Color> known, double[] rgb) {
        return known.stream()
                .min(Comparator.comparingDouble(one -> distance(one, rgb)))
                .filter(color::equals)
                .isPresent();
    }

    private static boolean isNearly(Color color, Collection<Color> known, double[] rgb) {
        double nearest =
                known.stream().mapToDouble(one -> distance(one, rgb)).min().orElse(0);
        return distance(color, rgb) <= NEARLY * NEARLY * nearest;
    }

    /** The square of the distance. */
    private static double distance(Color color, double[] rgb) {
        double red = color.getRed() - rgb[0];
        double green = color.getGreen() - rgb[1];
        double blue = color.getBlue() - rgb[2];
        return red * red + green * green + blue * blue;
    }
}
