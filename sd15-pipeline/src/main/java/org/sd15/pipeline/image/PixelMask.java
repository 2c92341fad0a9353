package org.sd15.pipeline.image;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What is done to masks before they are painted, {@code [1, 1, height, width]}. */
public final class PixelMask {

    /** Pixels around the mask, in those of the painted part, that a model sees with it; as in the web UI. */
    private static final int SEEN_AROUND = 32;

    private static final double REACH = 3;

    private PixelMask() {}

    /** 1 where a mask is a half and more, else 0. */
    public static INDArray hard(INDArray brightness) {
        return brightness.gte(0.5).castTo(brightness.dataType());
    }

    /** A mask of 1 and 0 with all that is up to some pixels away, diagonally too. */
    public static INDArray grown(INDArray mask, int pixels) {
        return pixels == 0
                ? mask
                : separable(mask, (values, at) -> {
                    float largest = 0;
                    for (int i = -pixels; i <= pixels; i++) {
                        largest = Math.max(largest, values.at(at + i));
                    }
                    return largest;
                });
    }

    /** A mask after a Gaussian of a standard deviation in pixels; it goes on beyond the border as it is there. */
    public static INDArray blurred(INDArray mask, int deviation) {
        if (deviation == 0) {
            return mask;
        }
        int reach = (int) Math.ceil(REACH * deviation);
        double[] weights = new double[2 * reach + 1];
        double sum = 0;
        for (int i = -reach; i <= reach; i++) {
            weights[i + reach] = Math.exp(-0.5 * i * i / ((double) deviation * deviation));
            sum += weights[i + reach];
        }
        double all = sum;
        return separable(mask, (values, at) -> {
            double mean = 0;
            for (int i = -reach; i <= reach; i++) {
                mean += weights[i + reach] * values.at(at + i);
            }
            return (float) (mean / all);
        });
    }

    /**
     * The part of a picture that has the mask, with some of what is around it, and how it is brought to the model's size.
     *
     * @param mask 1 and 0, of the size of the picture
     * @param w width at which the part is painted, in pixels
     * @param h height, likewise
     */
    public static PictureFit around(BufferedImage picture, INDArray mask, int w, int h) {
        Rectangle box = box(mask);
        double zoom = Math.min((double) (w - 2 * SEEN_AROUND) / box.width, (double) (h - 2 * SEEN_AROUND) / box.height);
        double scale = w > 2 * SEEN_AROUND && h > 2 * SEEN_AROUND
                ? zoom
                : Math.min(
                        (double) w / (2 * box.width),
                        (double) h / (2 * box.height)); // twice the mask, for small models
        int partWidth = (int) Math.min(picture.getWidth(), Math.round(w / scale));
        int partHeight = (int) Math.min(picture.getHeight(), Math.round(h / scale));
        Rectangle part = new Rectangle(
                within(box.x + box.width / 2 - partWidth / 2, picture.getWidth() - partWidth),
                within(box.y + box.height / 2 - partHeight / 2, picture.getHeight() - partHeight),
                partWidth,
                partHeight);
        return PictureFit.ofPart(picture, part, w, h);
    }

    private static int within(int place, int last) {
        return Math.max(0, Math.min(last, place));
    }

    /** Around all that is not 0; all of it, if there is nothing. */
    private static Rectangle box(INDArray mask) {
        Rectangle box = new Rectangle(-1, -1);
        int width = Math.toIntExact(mask.size(3));
        float[] values = mask.dup('c').data().asFloat();
        for (int i = 0; i < values.length; i++) {
            if (values[i] > 0) {
                box.add(new Rectangle(i % width, i / width, 1, 1));
            }
        }
        return box.isEmpty() ? new Rectangle(width, Math.toIntExact(mask.size(2))) : box;
    }

    /** A row or a column. */
    @FunctionalInterface
    private interface Line {
        float at(int place);
    }

    @FunctionalInterface
    private interface Filter {
        float apply(Line values, int at);
    }

    private static INDArray separable(INDArray mask, Filter filter) {
        int height = Math.toIntExact(mask.size(2));
        int width = Math.toIntExact(mask.size(3));
        float[] values = mask.dup('c').data().asFloat();
        float[] rows = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int row = i / width * width;
            rows[i] = filter.apply(x -> values[row + within(x, width - 1)], i % width);
        }
        float[] both = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int column = i % width;
            both[i] = filter.apply(y -> rows[within(y, height - 1) * width + column], i / width);
        }
        return Nd4j.create(both, new long[] {1, 1, height, width}, 'c');
    }
}
