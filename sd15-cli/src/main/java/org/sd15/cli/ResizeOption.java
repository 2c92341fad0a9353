package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import picocli.CommandLine.Option;

/** What to do with a given picture whose size does not suit the model. */
final class ResizeOption {

    private static final String AS_LITTLE = "0";

    @Option(
            names = "--resize",
            arity = "0..1",
            fallbackValue = AS_LITTLE,
            paramLabel = "N",
            description =
                    "Scale the given picture: its shorter side to N pixels, or without N as little as possible, so"
                            + " that both sides suit the model.")
    @InRange(from = 0, to = Sizes.LARGEST_SIDE)
    private @Nullable Integer shorterSide;

    /**
     * A picture whose size suits the model.
     *
     * @throws IllegalArgumentException if it does not and was not to be scaled; says what to do
     */
    BufferedImage fit(Path path, BufferedImage image, StableDiffusion model) {
        if (shorterSide == null) {
            return Sizes.require(path, image, null, null, model);
        }
        int factor = model.vae().config().factor();
        double scale = shorterSide == 0 ? 1 : (double) shorterSide / Math.min(image.getWidth(), image.getHeight());
        int width = multiple(image.getWidth() * scale, factor);
        int height = multiple(image.getHeight() * scale, factor);
        if (width == image.getWidth() && height == image.getHeight()) {
            return image;
        }
        if (Math.max(width, height) > Pictures.LONGEST_SIDE) {
            throw new IllegalArgumentException("%s would be %d x %d after --resize; each side may have up to %d pixels"
                    .formatted(path, width, height, Pictures.LONGEST_SIDE));
        }
        return scaled(path, image, width, height);
    }

    /** A mask of the size of its picture, scaled if pictures are. */
    BufferedImage like(BufferedImage picture, Path path, BufferedImage mask, StableDiffusion model) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        boolean same = mask.getWidth() == width && mask.getHeight() == height;
        return shorterSide == null || same
                ? Sizes.require(path, mask, width, height, model)
                : scaled(path, mask, width, height);
    }

    private static BufferedImage scaled(Path path, BufferedImage image, int width, int height) {
        Console.note("%s is scaled from %d x %d to %d x %d", path, image.getWidth(), image.getHeight(), width, height);
        return Pictures.toImages(Pictures.resize(Pictures.fromImage(image), height, width))
                .get(0);
    }

    /** The multiple next to a number of pixels, at least one. */
    private static int multiple(double pixels, int factor) {
        return Math.max(factor, (int) Math.round(pixels / factor) * factor);
    }
}
