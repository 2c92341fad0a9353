package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;

/** Sizes of given pictures. */
final class Sizes {

    /** Pixels of a side. Nothing larger is computed in any memory that there is. */
    static final int LARGEST_SIDE = 16_384;

    private Sizes() {}

    /**
     * A picture whose size suits the model and what was asked for.
     *
     * @throws IllegalArgumentException if it does not; says which size would
     */
    static BufferedImage require(
            Path path, BufferedImage image, @Nullable Integer width, @Nullable Integer height, StableDiffusion model) {
        int factor = model.vae().config().factor();
        int w = image.getWidth();
        int h = image.getHeight();
        if ((width != null && width != w) || (height != null && height != h)) {
            throw new IllegalArgumentException("%s is %d x %d, must be %d x %d: crop or scale it first"
                    .formatted(path, w, h, width == null ? w : width, height == null ? h : height));
        }
        if (w % factor != 0 || h % factor != 0) {
            throw new IllegalArgumentException(
                    "%s is %d x %d, its sides must be multiples of %d: crop it to %d x %d for instance, or give --resize"
                            .formatted(path, w, h, factor, w - w % factor, h - h % factor));
        }
        return image;
    }
}
