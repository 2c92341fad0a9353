package org.sd15.pipeline.image;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.session.NumberCheck;

/** Pictures as arrays {@code [pictures, 3, height, width]} of values from 0 to 1, and as images. */
public final class Pictures {

    /** Pixels of a side at most, of pictures that are computed; their attention maps alone would not fit any memory. */
    public static final int LONGEST_SIDE = 8192;

    private static final int CHANNELS = 3;
    private static final int WHITE = 255;
    private static final float[] BRIGHTNESS = {0.299f, 0.587f, 0.114f};

    private Pictures() {}

    /**
     * Images of 8 bits a channel, values rounded as diffusers rounds them.
     *
     * @param pictures {@code [pictures, 3, height, width]}
     * @throws ArithmeticException if a value is infinite or not a number; there is no colour for it
     */
    public static List<BufferedImage> toImages(INDArray pictures) {
        if (pictures.rank() != 4 || pictures.size(1) != CHANNELS) {
            throw new IllegalArgumentException("pictures have shape %s, must be [pictures, 3, height, width]"
                    .formatted(Arrays.toString(pictures.shape())));
        }
        NumberCheck.require("a colour of the pictures", pictures);
        List<BufferedImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(0); i++) {
            images.add(toImage(pictures.slice(i)));
        }
        return images;
    }

    /**
     * Makes sure that pictures of a size can be computed.
     *
     * @throws IllegalArgumentException if a side is not from 1 to {@link #LONGEST_SIDE}
     */
    public static void requireSides(int width, int height) {
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE) {
            throw new IllegalArgumentException("a picture of %,d x %,d pixels; each side must be from 1 to %,d"
                    .formatted(width, height, LONGEST_SIDE));
        }
    }

    private static BufferedImage toImage(INDArray picture) {
        int height = Math.toIntExact(picture.size(1));
        int width = Math.toIntExact(picture.size(2));
        float[] values = picture.castTo(DataType.FLOAT).dup('c').data().asFloat();
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int area = height * width;
        for (int i = 0; i < area; i++) {
            int red = level(values[i]);
            int green = level(values[area + i]);
            int blue = level(values[2 * area + i]);
            image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        return image;
    }

    private static int level(float value) {
        return (int) Math.rint(Math.max(0, Math.min(1, value)) * WHITE);
    }

    /** An array {@code [1, 3, height, width]} of values from 0 to 1. What is transparent is laid on white. */
    public static INDArray fromImage(BufferedImage image) {
        int height = image.getHeight();
        int width = image.getWidth();
        int area = height * width;
        float[] values = new float[CHANNELS * area];
        Pixels pixels = Pixels.of(image);
        for (int i = 0; i < area; i++) {
            int x = i % width;
            int y = i / width;
            float alpha = pixels.alpha(x, y);
            for (int channel = 0; channel < CHANNELS; channel++) {
                values[channel * area + i] = pixels.colour(x, y, channel) * alpha + (1 - alpha);
            }
        }
        return Nd4j.create(values, new long[] {1, CHANNELS, height, width}, 'c');
    }

    /**
     * Pictures in another size, by Lanczos resampling as Pillow does it, cut to 0..1.
     *
     * @param pictures {@code [pictures, channels, height, width]}
     * @return {@code [pictures, channels, newHeight, newWidth]} in float32
     * @throws IllegalArgumentException if the new sides are not from 1 to {@link #LONGEST_SIDE}
     */
    public static INDArray resize(INDArray pictures, int newHeight, int newWidth) {
        requireSides(newWidth, newHeight);
        int height = Math.toIntExact(pictures.size(2));
        int width = Math.toIntExact(pictures.size(3));
        int planes = Math.toIntExact(pictures.size(0) * pictures.size(1));
        double[] values = pictures.dup('c').data().asDouble();
        double[] wide = new double[planes * height * newWidth];
        var horizontal = new Lanczos(width, newWidth);
        for (int i = 0; i < wide.length; i++) {
            wide[i] = horizontal.at(i % newWidth, values, i / newWidth * width, 1);
        }
        float[] resized = new float[planes * newHeight * newWidth];
        var vertical = new Lanczos(height, newHeight);
        for (int i = 0; i < resized.length; i++) {
            int plane = i / (newHeight * newWidth);
            int row = i / newWidth % newHeight;
            double value = vertical.at(row, wide, plane * height * newWidth + i % newWidth, newWidth);
            resized[i] = (float) Math.max(0, Math.min(1, value));
        }
        return Nd4j.create(resized, new long[] {pictures.size(0), pictures.size(1), newHeight, newWidth}, 'c');
    }

    /**
     * The brightness of an image, {@code [1, 1, height, width]}: 1 where it is white, for masks. Colours weigh as in ITU-R
     * BT.601, which Pillow and so diffusers go by; what is transparent is not painted, so it is 0.
     */
    public static INDArray mask(BufferedImage image) {
        int width = image.getWidth();
        float[] values = new float[image.getHeight() * width];
        Pixels pixels = Pixels.of(image);
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int y = i / width;
            float brightness = 0;
            for (int channel = 0; channel < CHANNELS; channel++) {
                brightness += BRIGHTNESS[channel] * pixels.colour(x, y, channel);
            }
            values[i] =
                    (float) Math.floor(WHITE * brightness * pixels.alpha(x, y) + 0.5) / WHITE; // eight bits, as there
        }
        return Nd4j.create(values, new long[] {1, 1, image.getHeight(), width}, 'c');
    }
}
