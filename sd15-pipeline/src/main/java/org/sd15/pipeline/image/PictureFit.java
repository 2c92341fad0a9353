package org.sd15.pipeline.image;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * How a given picture becomes one that a model takes: a part of it is scaled to a place in the other, and what is left there
 * is filled with the colours of the part's border. A mask of the picture goes the same way.
 *
 * @param givenWidth of the given picture, pixels
 * @param givenHeight of the given picture, pixels
 * @param part what is taken of it
 * @param width of the fitted picture, pixels
 * @param height of the fitted picture, pixels
 * @param place where the part goes
 */
public record PictureFit(int givenWidth, int givenHeight, Rectangle part, int width, int height, Rectangle place) {

    /** All of a picture, scaled. */
    public static PictureFit scaled(BufferedImage given, int width, int height) {
        return ofPart(given, new Rectangle(given.getWidth(), given.getHeight()), width, height);
    }

    /** A part of a picture, scaled. */
    public static PictureFit ofPart(BufferedImage given, Rectangle part, int width, int height) {
        return new PictureFit(given.getWidth(), given.getHeight(), part, width, height, new Rectangle(width, height));
    }

    /** The largest part in the middle that has the wanted shape. */
    public static PictureFit cropped(BufferedImage given, int width, int height) {
        double scale = Math.max((double) width / given.getWidth(), (double) height / given.getHeight());
        int w = Math.min(given.getWidth(), Math.max(1, (int) Math.round(width / scale)));
        int h = Math.min(given.getHeight(), Math.max(1, (int) Math.round(height / scale)));
        Rectangle part = new Rectangle((given.getWidth() - w) / 2, (given.getHeight() - h) / 2, w, h);
        return ofPart(given, part, width, height);
    }

    /** All of a picture in the middle of a larger one. */
    public static PictureFit padded(BufferedImage given, int width, int height) {
        double scale = Math.min((double) width / given.getWidth(), (double) height / given.getHeight());
        int w = Math.min(width, Math.max(1, (int) Math.round(given.getWidth() * scale)));
        int h = Math.min(height, Math.max(1, (int) Math.round(given.getHeight() * scale)));
        Rectangle place = new Rectangle((width - w) / 2, (height - h) / 2, w, h);
        Rectangle all = new Rectangle(given.getWidth(), given.getHeight());
        return new PictureFit(given.getWidth(), given.getHeight(), all, width, height, place);
    }

    /** Whether the picture stays as it is. */
    public boolean isIdentity() {
        return part.width == width
                && part.height == height
                && place.width == width
                && place.height == height
                && part.width == givenWidth
                && part.height == givenHeight;
    }

    /** The fitted picture. */
    public BufferedImage apply(BufferedImage given) {
        return isIdentity()
                ? given
                : Pictures.toImages(apply(Pictures.fromImage(given))).get(0);
    }

    /**
     * A mask of the given picture, fitted like it.
     *
     * @param mask 1 or 0, {@code [1, 1, h, w]}: of the size of the given picture, of the fitted one, or of any other that
     *     stands for all of the given one
     * @return 1 or 0, {@code [1, 1, height, width]}; 0 beside the place
     */
    public INDArray mask(INDArray mask) {
        boolean fitted = mask.size(2) == height && mask.size(3) == width;
        boolean given = mask.size(2) == givenHeight && mask.size(3) == givenWidth;
        if (fitted && (!given || isIdentity())) {
            return mask;
        }
        INDArray ofGiven = given ? mask : Pictures.resize(mask, givenHeight, givenWidth);
        INDArray placed = scaledPart(ofGiven);
        INDArray all = Nd4j.zeros(placed.dataType(), 1, 1, height, width);
        put(all, placed);
        return all.gte(0.5).castTo(mask.dataType());
    }

    /** What was made of the fitted picture, in the size of the part; what lies beside the place is left out. */
    public BufferedImage back(BufferedImage made) {
        BufferedImage placed = made.getSubimage(place.x, place.y, place.width, place.height);
        return placed.getWidth() == part.width && placed.getHeight() == part.height
                ? placed
                : Pictures.toImages(Pictures.resize(Pictures.fromImage(placed), part.height, part.width))
                        .get(0);
    }

    private INDArray apply(INDArray given) {
        INDArray placed = scaledPart(given);
        if (place.width == width && place.height == height) {
            return placed;
        }
        INDArray all = Nd4j.create(placed.dataType(), placed.size(0), placed.size(1), height, width);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int row = Math.max(0, Math.min(place.height - 1, y - place.y));
                int column = Math.max(0, Math.min(place.width - 1, x - place.x));
                for (int channel = 0; channel < placed.size(1); channel++) {
                    all.putScalar(new long[] {0, channel, y, x}, placed.getDouble(0, channel, row, column));
                }
            }
        }
        return all;
    }

    private INDArray scaledPart(INDArray given) {
        INDArray taken = interval(given, part).dup('c');
        return part.width == place.width && part.height == place.height
                ? taken
                : Pictures.resize(taken, place.height, place.width);
    }

    private void put(INDArray all, INDArray placed) {
        interval(all, place).assign(placed);
    }

    private static INDArray interval(INDArray array, Rectangle of) {
        return array.get(
                NDArrayIndex.all(),
                NDArrayIndex.all(),
                NDArrayIndex.interval(of.y, of.y + of.height),
                NDArrayIndex.interval(of.x, of.x + of.width));
    }

    @Override
    public String toString() {
        String how = place.width < width || place.height < height
                ? "scaled from %d x %d and padded to".formatted(givenWidth, givenHeight)
                : part.width < givenWidth || part.height < givenHeight
                        ? "cut to %d x %d in the middle of %d x %d and scaled to"
                                .formatted(part.width, part.height, givenWidth, givenHeight)
                        : "scaled from %d x %d to".formatted(givenWidth, givenHeight);
        return "%s %d x %d".formatted(how, width, height);
    }
}
