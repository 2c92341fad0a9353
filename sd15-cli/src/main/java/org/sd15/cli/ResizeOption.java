package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import picocli.CommandLine.Option;

/** How a given picture is brought to a size that suits the model. */
final class ResizeOption implements Checked {

    private static final String AS_LITTLE = "0";
    private static final Bounds SIDE = new Bounds(0, Sizes.LARGEST_SIDE, false, false);

    private enum Mode {
        SHORTER_SIDE,
        KEEP,
        CROP,
        PAD
    }

    @Option(
            names = "--resize",
            arity = "0..1",
            fallbackValue = AS_LITTLE,
            paramLabel = "N|keep|crop|pad",
            description = "The given picture's shorter side to N pixels; keep: as it is; crop, pad: to the model's"
                    + " square, with the sides cut off or filled up; without a value: scaled as little as possible"
                    + " (default: the shorter side to the model's size).")
    private @Nullable String value;

    @Override
    public void check() {
        if (mode() == Mode.SHORTER_SIDE && value != null) {
            SIDE.require("--resize", shorterSide(value));
        }
    }

    /** What was typed, or null. */
    @Nullable
    String value() {
        return value;
    }

    private Mode mode() {
        return switch (value == null ? "" : value.toLowerCase(Locale.ROOT)) {
            case "keep" -> Mode.KEEP;
            case "crop" -> Mode.CROP;
            case "pad" -> Mode.PAD;
            default -> Mode.SHORTER_SIDE;
        };
    }

    private static int shorterSide(String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException(
                    "--resize is \"%s\", must be a number of pixels, keep, crop or pad".formatted(value), noNumber);
        }
    }

    /**
     * How a picture is fitted, and says so if it changes.
     *
     * @param width asked for, in pixels, or null
     * @param height asked for, in pixels, or null
     * @throws IllegalArgumentException if it does not suit the model and is not to be changed; says what to do
     */
    PictureFit fit(
            Path path, BufferedImage image, @Nullable Integer width, @Nullable Integer height, StableDiffusion model) {
        if (mode() == Mode.KEEP) {
            BufferedImage same = Sizes.require(path, image, width, height, model);
            return PictureFit.scaled(same, same.getWidth(), same.getHeight());
        }
        PictureFit fit = width != null || height != null ? boxed(image, width, height, model) : free(image, model);
        if (Math.max(fit.width(), fit.height()) > Pictures.LONGEST_SIDE) {
            throw new IllegalArgumentException("%s would be %d x %d after --resize; each side may have up to %d pixels"
                    .formatted(path, fit.width(), fit.height(), Pictures.LONGEST_SIDE));
        }
        if (!fit.isIdentity()) {
            Console.note("%s is %s%s", path, fit, value == null ? "; --resize says how, keep leaves it" : "");
        }
        return fit;
    }

    /** To sides that were asked for; if it is only one, the other keeps the shape. */
    private PictureFit boxed(
            BufferedImage image, @Nullable Integer width, @Nullable Integer height, StableDiffusion model) {
        int factor = model.vae().config().factor();
        double shape = (double) image.getWidth() / image.getHeight();
        int w = width != null ? width : multiple(Objects.requireNonNull(height) * shape, factor);
        int h = height != null ? height : multiple(w / shape, factor);
        PictureFit free = free(image, model);
        return free.width() == w && free.height() == h ? free : boxed(image, w, h); // as a picture of it tells its size
    }

    private PictureFit boxed(BufferedImage image, int width, int height) {
        return mode() == Mode.PAD ? PictureFit.padded(image, width, height) : PictureFit.cropped(image, width, height);
    }

    private PictureFit free(BufferedImage image, StableDiffusion model) {
        if (mode() != Mode.SHORTER_SIDE) {
            return boxed(image, model.pictureSize(), model.pictureSize());
        }
        int side = value == null ? model.pictureSize() : shorterSide(value);
        int factor = model.vae().config().factor();
        double scale = side == 0 ? 1 : (double) side / Math.min(image.getWidth(), image.getHeight());
        return PictureFit.scaled(
                image, multiple(image.getWidth() * scale, factor), multiple(image.getHeight() * scale, factor));
    }

    /** The multiple next to a number of pixels, at least one. */
    private static int multiple(double pixels, int factor) {
        return Math.max(factor, (int) Math.round(pixels / factor) * factor);
    }
}
