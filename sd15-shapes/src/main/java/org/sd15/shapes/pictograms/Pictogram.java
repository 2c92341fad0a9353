package org.sd15.shapes.pictograms;

import java.awt.image.BufferedImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;

/** A picture of a thing on nothing, and what it is called. */
public final class Pictogram {

    private static final int CHANNELS = 3;
    private static final int BITS = 8;
    private static final int FULL = 255;

    private final String name;
    private final INDArray premultiplied; // [1, 4, height, width], colours times alpha, then alpha
    private final double[] mean = new double[CHANNELS];
    private double meanSquare;
    private final Map<Integer, Sprite> sprites = new ConcurrentHashMap<>();

    /**
     * A pictogram.
     *
     * @param name such as {@code red apple}
     * @param image with alpha, square
     * @throws IllegalArgumentException if it isn't square or is wholly transparent
     */
    public Pictogram(String name, BufferedImage image) {
        this.name = name;
        int side = image.getWidth();
        if (image.getHeight() != side) {
            throw new IllegalArgumentException(
                    "the pictogram \"%s\" has %dx%d pixels, must be square".formatted(name, side, image.getHeight()));
        }
        float[] values = premultiplied(image, side);
        this.premultiplied = Nd4j.create(values, new long[] {1, CHANNELS + 1, side, side}, 'c');
        double covered = sum(values, CHANNELS, side, false);
        if (covered == 0) {
            throw new IllegalArgumentException("the pictogram \"%s\" shows nothing: its alpha is 0".formatted(name));
        }
        for (int c = 0; c < CHANNELS; c++) {
            mean[c] = sum(values, c, side, false) / covered;
            meanSquare += sum(values, c, side, true) / covered;
        }
    }

    /** Colours times alpha, then alpha, {@code [4, side, side]}. */
    private static float[] premultiplied(BufferedImage image, int side) {
        float[] values = new float[(CHANNELS + 1) * side * side];
        for (int i = 0; i < side * side; i++) {
            int argb = image.getRGB(i % side, i / side);
            float alpha = (argb >>> CHANNELS * BITS) / (float) FULL;
            values[CHANNELS * side * side + i] = alpha;
            for (int c = 0; c < CHANNELS; c++) {
                int level = argb >> (CHANNELS - 1 - c) * BITS & FULL;
                values[c * side * side + i] = alpha * level / FULL;
            }
        }
        return values;
    }

    /** The sum over a channel, each pixel as far as it is covered, of its values or of their squares. */
    private static double sum(float[] values, int channel, int side, boolean squares) {
        double sum = 0;
        for (int i = 0; i < side * side; i++) {
            float alpha = values[CHANNELS * side * side + i];
            float value = values[channel * side * side + i];
            sum += squares && alpha > 0 ? value * value / alpha : value;
        }
        return sum;
    }

    /** What a caption calls it. */
    public String name() {
        return name;
    }

    /** Its name with the article that a speaker would choose. */
    public String withArticle() {
        return article(name) + " " + name;
    }

    /** The article before some words. */
    static String article(String words) {
        boolean vowel = "aeiou".indexOf(words.charAt(0)) >= 0 && !words.startsWith("uni");
        return vowel ? "an" : "a";
    }

    /**
     * How much it differs from a background: the root of the mean over its pixels of the squared distance of colours,
     * at most the root of 3.
     */
    public double contrast(Backdrop backdrop) {
        float[] behind = backdrop.color();
        double square = meanSquare;
        for (int c = 0; c < CHANNELS; c++) {
            square += behind[c] * (behind[c] - 2 * mean[c]);
        }
        return Math.sqrt(Math.max(0, square));
    }

    /** It in another size, by Lanczos resampling of colours that were multiplied by alpha: no fringes. */
    Sprite sprite(int side) {
        return sprites.computeIfAbsent(
                side,
                s -> new Sprite(s, Pictures.resize(premultiplied, s, s).data().asFloat()));
    }
}
