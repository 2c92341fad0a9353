package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Inpaint;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PixelMask;
import org.sd15.pipeline.image.PngFile;
import picocli.CommandLine.Option;

/** Which part of a given picture is painted anew, and how it is put back. */
final class MaskOptions implements Checked {

    @Option(names = "--mask", paramLabel = "FILE", description = "White where the picture is painted anew.")
    private @Nullable Path mask;

    @Option(names = "--invert-mask", description = "With --mask: black is painted anew instead.")
    private boolean invert;

    @Option(
            names = "--mask-grow",
            paramLabel = "PIXELS",
            defaultValue = "0",
            description = "With --mask: paint this much around it as well (default: 0).")
    @InRange(from = 0, to = 512)
    private int grow;

    @Option(
            names = "--mask-blur",
            paramLabel = "PIXELS",
            defaultValue = "0",
            description =
                    "With --mask: how softly what is painted passes into the picture, 4 in the web UI (default: 0,"
                            + " all outside of the mask stays to the last bit).")
    @InRange(from = 0, to = 256)
    private int blur;

    @Option(
            names = "--only-masked",
            description =
                    "With --mask: paint the part around the mask at the model's full size and put it back into the"
                            + " picture, which keeps its own size.")
    private boolean onlyMasked;

    @Override
    public void check() {
        if (mask == null && (invert || grow > 0 || blur > 0 || onlyMasked)) {
            throw new IllegalArgumentException(
                    "--invert-mask, --mask-grow, --mask-blur and --only-masked need a mask: --mask FILE");
        }
    }

    /** Its file, or null. */
    @Nullable
    Path path() {
        return mask;
    }

    /** What was chosen, for the text chunk of a picture. */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (mask != null) {
            parameters.put("Mask", String.valueOf(mask.getFileName()));
        }
        if (invert) {
            parameters.put("Invert mask", "true");
        }
        if (grow > 0) {
            parameters.put("Mask grow", Integer.toString(grow));
        }
        if (blur > 0) {
            parameters.put("Mask blur", Integer.toString(blur));
        }
        if (onlyMasked) {
            parameters.put("Only masked", "true");
        }
        return parameters;
    }

    /** Whether the picture keeps its own size. */
    boolean isOnlyMasked() {
        return onlyMasked;
    }

    /** How a picture is painted. */
    Inpaint of(GivenImage given, @Nullable Integer width, @Nullable Integer height, StableDiffusion model)
            throws IOException {
        Path file = Objects.requireNonNull(mask);
        INDArray brightness = brightness(file, given, model);
        Warnings.mask(file, brightness);
        INDArray hard = PixelMask.grown(PixelMask.hard(brightness), grow);
        if (!onlyMasked) {
            BufferedImage fitted = given.fitted();
            PictureFit all = PictureFit.scaled(fitted, fitted.getWidth(), fitted.getHeight());
            return new Inpaint(fitted, all, hard, PixelMask.blurred(hard, blur));
        }
        PictureFit part = PixelMask.around(
                given.original(),
                hard,
                width == null ? model.pictureSize() : width,
                height == null ? model.pictureSize() : height);
        Console.note(
                "the part around the mask, %d x %d at (%d, %d), is painted at %d x %d",
                part.part().width, part.part().height, part.part().x, part.part().y, part.width(), part.height());
        return new Inpaint(given.original(), part, hard, PixelMask.blurred(hard, blur));
    }

    /** The mask of the picture that it is put back into: of the fitted one, or of the original. */
    private INDArray brightness(Path file, GivenImage given, StableDiffusion model) throws IOException {
        BufferedImage image = PngFile.read(file);
        requireShape(file, image, given);
        INDArray read = Pictures.mask(image);
        INDArray asked = invert ? read.rsub(1) : read;
        BufferedImage original = given.original();
        return onlyMasked
                ? PictureFit.scaled(original, original.getWidth(), original.getHeight())
                        .mask(asked)
                : given.fit().mask(asked);
    }

    private static void requireShape(Path file, BufferedImage mask, GivenImage given) {
        if (!isLike(mask, given.original()) && !isLike(mask, given.fitted())) {
            throw new IllegalArgumentException("%s is %d x %d, must have the shape of the picture, which is %d x %d"
                    .formatted(
                            file,
                            mask.getWidth(),
                            mask.getHeight(),
                            given.original().getWidth(),
                            given.original().getHeight()));
        }
    }

    /** Whether one is the other in another size, up to the rounding of a side. */
    private static boolean isLike(BufferedImage mask, BufferedImage picture) {
        double height = (double) mask.getWidth() * picture.getHeight() / picture.getWidth();
        return Math.abs(height - mask.getHeight()) <= 1 + 0.02 * height;
    }
}
