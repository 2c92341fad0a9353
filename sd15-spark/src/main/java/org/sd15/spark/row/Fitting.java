package org.sd15.spark.row;

import java.awt.image.BufferedImage;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.model.Components;
import org.sd15.spark.row.RunOptions.Resize;

/** How given pictures are brought to the size that is computed with. */
final class Fitting {

    /** A picture is computed with at up to so many times the pixels of the model's own. */
    private static final int LARGEST = 4;

    private Fitting() {}

    /**
     * How a picture is brought to a model's size, or to the one that is set.
     *
     * @throws IllegalArgumentException if it would be computed with at too many pixels, or is to be kept and can't be
     */
    static PictureFit of(BufferedImage image, Components model, RunOptions options) {
        Integer width = options.width();
        Integer height = options.height();
        int side = model.pictureSize();
        int factor = model.vae().config().factor();
        int w = width == null ? side : width;
        int h = height == null ? side : height;
        Resize resize = options.resize() == null ? Resize.FIT : options.resize();
        return switch (resize) {
            case CROP -> PictureFit.cropped(image, w, h);
            case PAD -> PictureFit.padded(image, w, h);
            case KEEP -> kept(image, factor);
            case FIT -> width == null && height == null ? scaled(image, side, factor) : PictureFit.cropped(image, w, h);
        };
    }

    private static PictureFit kept(BufferedImage image, int factor) {
        if (image.getWidth() % factor != 0 || image.getHeight() % factor != 0) {
            throw new IllegalArgumentException(
                    "the picture is %d x %d; with \"resize\": \"keep\" its sides must be multiples of %d"
                            .formatted(image.getWidth(), image.getHeight(), factor));
        }
        return PictureFit.scaled(image, image.getWidth(), image.getHeight());
    }

    /** The shorter side is the model's. */
    private static PictureFit scaled(BufferedImage image, int side, int factor) {
        double scale = (double) side / Math.min(image.getWidth(), image.getHeight());
        int w = multiple(image.getWidth() * scale, factor);
        int h = multiple(image.getHeight() * scale, factor);
        if ((long) w * h > (long) LARGEST * side * side) {
            throw new IllegalArgumentException(
                    "the picture is %d x %d and would be computed with at %d x %d: set \"resize\" to \"crop\" or \"pad\", or give width and height"
                            .formatted(image.getWidth(), image.getHeight(), w, h));
        }
        return PictureFit.scaled(image, w, h);
    }

    private static int multiple(double pixels, int factor) {
        return Math.max(factor, (int) Math.round(pixels / factor) * factor);
    }
}
