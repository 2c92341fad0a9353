package org.sd15.examples.training;

import java.util.Arrays;
import java.util.Comparator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.shapes.ShapeColor;

/** Which of the eight colours the shapes in a drawn picture have, wherever they are. */
final class SeenColour {

    /** How far from the background's colour a pixel is that belongs to a shape; 0 to 255. */
    private static final double FAR = 60;

    private SeenColour() {}

    /**
     * The nearest of the eight colours to the mean of all pixels that are far from the mean colour of the picture's
     * edge.
     *
     * @param picture values from 0 to 1, {@code [3, side, side]}
     */
    static ShapeColor of(INDArray picture) {
        int side = Math.toIntExact(picture.size(1));
        double[] edge = mean(picture, (x, y) -> x == 0 || y == 0 || x == side - 1 || y == side - 1);
        double[] shape = mean(picture, (x, y) -> distance(pixel(picture, x, y), edge) > FAR);
        return Arrays.stream(ShapeColor.values())
                .min(Comparator.comparingDouble(colour -> distance(rgb(colour), shape)))
                .orElseThrow();
    }

    @FunctionalInterface
    private interface Where {
        boolean is(int x, int y);
    }

    private static double[] mean(INDArray picture, Where where) {
        double[] sum = new double[3];
        int count = 0;
        for (int y = 0; y < picture.size(1); y++) {
            for (int x = 0; x < picture.size(2); x++) {
                if (where.is(x, y)) {
                    double[] rgb = pixel(picture, x, y);
                    Arrays.setAll(sum, c -> sum[c] + rgb[c]);
                    count++;
                }
            }
        }
        double pixels = Math.max(1, count);
        return Arrays.stream(sum).map(value -> value / pixels).toArray();
    }

    private static double[] pixel(INDArray picture, int x, int y) {
        double[] rgb = new double[3];
        Arrays.setAll(rgb, c -> 255 * picture.getDouble(c, y, x));
        return rgb;
    }

    private static double[] rgb(ShapeColor colour) {
        var color = colour.color();
        return new double[] {color.getRed(), color.getGreen(), color.getBlue()};
    }

    private static double distance(double[] one, double[] other) {
        double sum = 0;
        for (int c = 0; c < one.length; c++) {
            sum += (one[c] - other[c]) * (one[c] - other[c]);
        }
        return Math.sqrt(sum);
    }
}
