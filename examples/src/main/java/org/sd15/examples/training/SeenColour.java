package org.sd15.examples.training;

import java.awt.Color;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.ShapeColor;

/** Which of the eight colours the shapes in a drawn picture have, wherever they are, and which of the four is behind them. */
final class SeenColour {

    /** How far from the background's colour a pixel is that belongs to a shape; 0 to 255. */
    private static final double FAR = 60;

    /** One pixel in this many must be a shape's, or there is none. */
    private static final int LEAST = 100;

    private static final int CHANNELS = 3;
    private static final int WHITE = 255;

    private final int side;
    private final float[] values;

    private SeenColour(INDArray picture) {
        side = Math.toIntExact(picture.size(1));
        values = picture.dup('c').data().asFloat();
    }

    /**
     * The nearest of the eight colours to the mean of all pixels that are far from the mean colour of the picture's
     * edge.
     *
     * @param picture values from 0 to 1, {@code [3, side, side]}
     */
    static ShapeColor of(INDArray picture) {
        var seen = new SeenColour(picture);
        return nearest(seen.mean(seen.shape()));
    }

    /**
     * The background whose colour is nearest to the mean of the picture's edge.
     *
     * @param picture values from 0 to 1, {@code [3, side, side]}
     */
    static Backdrop behind(INDArray picture) {
        var seen = new SeenColour(picture);
        double[] edge = seen.mean(seen.edge());
        return nearest(Backdrop.values(), Backdrop::color, edge);
    }

    /**
     * The part of a shape's pixels whose nearest of the eight colours is one of those given. The shape is all pixels
     * that are far from the mean colour of the picture's edge; if they are less than one in a hundred, there is none,
     * and the part is 0.
     *
     * @param picture values from 0 to 1, {@code [3, side, side]}
     */
    static double share(INDArray picture, ShapeColor... colours) {
        List<ShapeColor> wanted = List.of(colours);
        var seen = new SeenColour(picture);
        BitSet shape = seen.shape();
        long right = shape.stream()
                .filter(pixel -> wanted.contains(nearest(seen.rgb(pixel))))
                .count();
        return shape.cardinality() * LEAST < seen.side * seen.side ? 0 : (double) right / shape.cardinality();
    }

    /** The pixels of the shapes, row by row. */
    static BitSet pixels(INDArray picture) {
        return new SeenColour(picture).shape();
    }

    private BitSet edge() {
        BitSet border = new BitSet(side * side);
        for (int i = 0; i < side; i++) {
            border.set(i);
            border.set(side * side - 1 - i);
            border.set(i * side);
            border.set(i * side + side - 1);
        }
        return border;
    }

    private BitSet shape() {
        double[] edge = mean(edge());
        BitSet shape = new BitSet(side * side);
        for (int pixel = 0; pixel < side * side; pixel++) {
            shape.set(pixel, distance(rgb(pixel), edge) > FAR);
        }
        return shape;
    }

    private double[] mean(BitSet pixels) {
        double[] sum = new double[CHANNELS];
        pixels.stream().mapToObj(this::rgb).forEach(rgb -> Arrays.setAll(sum, c -> sum[c] + rgb[c]));
        return Arrays.stream(sum)
                .map(value -> value / Math.max(1, pixels.cardinality()))
                .toArray();
    }

    private double[] rgb(int pixel) {
        double[] rgb = new double[CHANNELS];
        Arrays.setAll(rgb, c -> WHITE * values[c * side * side + pixel]);
        return rgb;
    }

    private static ShapeColor nearest(double[] rgb) {
        return nearest(ShapeColor.values(), ShapeColor::color, rgb);
    }

    private static <T> T nearest(T[] all, Function<T, Color> colour, double[] rgb) {
        return Arrays.stream(all)
                .min(Comparator.comparingDouble(one -> distance(rgb(colour.apply(one)), rgb)))
                .orElseThrow();
    }

    private static double[] rgb(Color color) {
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
