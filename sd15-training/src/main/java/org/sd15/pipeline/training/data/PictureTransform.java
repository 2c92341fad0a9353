package org.sd15.pipeline.training.data;

import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.random.TorchRandom;

/**
 * How pictures are brought to one size: the shorter side (as far as the other allows) is scaled, then what is too much
 * is cut off, then left and right are swapped perhaps.
 *
 * @param width pixels
 * @param height pixels
 * @param randomCrop whether the cut is drawn anew each time; else it is in the middle
 * @param randomFlip whether every second picture is mirrored
 */
public record PictureTransform(int width, int height, boolean randomCrop, boolean randomFlip) {

    /** Checks the size. */
    public PictureTransform {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("pictures of %d x %d can't be trained on".formatted(width, height));
        }
    }

    /**
     * One way to cut a picture.
     *
     * @param top rows of the scaled picture that are cut off above
     * @param left columns that are cut off on the left
     * @param flipped whether it is mirrored
     */
    public record Cut(int top, int left, boolean flipped) {}

    /** Draws a cut for a picture of the given size. Three numbers are drawn, whatever the settings. */
    Cut draw(int pictureWidth, int pictureHeight, TorchRandom random) {
        Size size = scaled(pictureWidth, pictureHeight);
        float[] uniform = random.randFloats(3);
        int spareRows = size.height() - height;
        int spareColumns = size.width() - width;
        boolean flips = randomFlip && uniform[2] < 0.5f;
        return randomCrop
                ? new Cut((int) (uniform[0] * (spareRows + 1)), (int) (uniform[1] * (spareColumns + 1)), flips)
                : new Cut(spareRows / 2, spareColumns / 2, flips);
    }

    /** The cut in the middle. */
    Cut middle(int pictureWidth, int pictureHeight, boolean flipped) {
        Size size = scaled(pictureWidth, pictureHeight);
        return new Cut((size.height() - height) / 2, (size.width() - width) / 2, flipped);
    }

    private record Size(int width, int height) {}

    private Size scaled(int pictureWidth, int pictureHeight) {
        double factor = Math.max((double) width / pictureWidth, (double) height / pictureHeight);
        return new Size(Math.max(width, (int) Math.round(pictureWidth * factor)), Math.max(height, (int)
                Math.round(pictureHeight * factor)));
    }

    /** The picture after scaling and a cut: values from -1 to 1, {@code [1, 3, height, width]}. */
    INDArray apply(BufferedImage image, Cut cut) {
        Size size = scaled(image.getWidth(), image.getHeight());
        float[] source = Pictures.fromImage(image).data().asFloat();
        float[] wide = Resampling.columns(source, 3 * image.getHeight(), image.getWidth(), size.width());
        float[] all = Resampling.rows(wide, 3, image.getHeight(), size.width(), size.height());
        float[] values = new float[3 * height * width];
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int column = cut.left() + (cut.flipped() ? width - 1 - x : x);
            int row = cut.top() + i / width % height;
            int channel = i / (width * height);
            values[i] = 2 * all[(channel * size.height() + row) * size.width() + column] - 1;
        }
        return Nd4j.create(values, new long[] {1, 3, height, width}, 'c');
    }
}
