package org.sd15.server.job;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * A picture of a request.
 *
 * @param field that it came in
 * @param hash of its bytes
 * @param resize how it is brought to the model's size
 * @param mostPixels that it may have then
 */
record Given(String field, String hash, String resize, int mostPixels) {

    private static final List<String> WAYS = List.of("fit", "crop", "pad", "keep");

    /** A photograph may have so many times the pixels that are computed with. */
    private static final int LARGER_THAN_COMPUTED = 16;

    /** The picture of a field, and of {@code resize}; null if there is none. */
    static @Nullable Given of(Fields fields, String field, Limits limits) {
        byte[] bytes = fields.picture(field);
        if (bytes == null) {
            return null;
        }
        require(field, bytes, limits);
        return new Given(field, hash(bytes), fields.choice("resize", "fit", WAYS), limits.pixels());
    }

    /** The picture of a field that has to be there. */
    static Given required(Fields fields, String field, Limits limits) {
        Given given = of(fields, field, limits);
        if (given == null) {
            throw new FieldProblem(field, "%s is missing".formatted(field));
        }
        return given;
    }

    private static void require(String field, byte[] bytes, Limits limits) {
        Dimension size;
        try {
            size = PngFile.size(bytes);
        } catch (IOException garbled) {
            throw new FieldProblem(field, "%s can't be read: %s".formatted(field, garbled.getMessage()));
        }
        long most = (long) LARGER_THAN_COMPUTED * limits.pixels();
        if ((long) size.width * size.height > most) {
            throw new FieldProblem(
                    field, "%s is %d x %d, up to %d pixels are taken".formatted(field, size.width, size.height, most));
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** What tells it apart from others. */
    String key() {
        return hash + " " + resize;
    }

    /** As it was sent. */
    BufferedImage read(TaskRun run) throws IOException {
        return read(run, field);
    }

    private static BufferedImage read(TaskRun run, String field) throws IOException {
        Path path = run.upload(field);
        try {
            return PngFile.read(path);
        } catch (IOException | IllegalArgumentException garbled) {
            String reason = String.valueOf(garbled.getMessage()).replace(path.toString(), field);
            throw new FieldProblem(field, "%s can't be read: %s".formatted(field, reason));
        }
    }

    /** At the model's size. */
    PictureFit fit(BufferedImage image, StableDiffusion model, @Nullable Integer width, @Nullable Integer height) {
        int w = width == null ? model.pictureSize() : width;
        int h = height == null ? model.pictureSize() : height;
        PictureFit fit = switch (resize) {
            case "keep" -> kept(image, model.vae().config().factor());
            case "crop" -> PictureFit.cropped(image, w, h);
            case "pad" -> PictureFit.padded(image, w, h);
            default ->
                width == null && height == null
                        ? scaled(
                                image, model.pictureSize(), model.vae().config().factor())
                        : PictureFit.cropped(image, w, h);
        };
        requireFew(fit.width(), fit.height());
        return fit;
    }

    private PictureFit kept(BufferedImage image, int factor) {
        if (image.getWidth() % factor != 0 || image.getHeight() % factor != 0) {
            throw new FieldProblem(
                    field,
                    "%s is %d x %d, with \"keep\" its sides must be multiples of %d"
                            .formatted(field, image.getWidth(), image.getHeight(), factor));
        }
        return PictureFit.scaled(image, image.getWidth(), image.getHeight());
    }

    /** The shorter side is the model's. */
    private PictureFit scaled(BufferedImage image, int side, int factor) {
        double scale = (double) side / Math.min(image.getWidth(), image.getHeight());
        int w = multiple(image.getWidth() * scale, factor);
        int h = multiple(image.getHeight() * scale, factor);
        requireFew(w, h);
        return PictureFit.scaled(image, w, h);
    }

    private void requireFew(int w, int h) {
        if ((long) w * h > mostPixels) {
            throw new FieldProblem(
                    field,
                    "%s would be computed with at %d x %d, up to %d pixels are taken: give \"resize\": \"crop\" or \"pad\""
                            .formatted(field, w, h, mostPixels));
        }
    }

    private static int multiple(double pixels, int factor) {
        return Math.max(factor, (int) Math.round(pixels / factor) * factor);
    }

    /** At the model's size, {@code [1, 3, H, W]}; kept with the result. */
    INDArray pixels(TaskRun run) throws IOException {
        BufferedImage image = read(run);
        BufferedImage fitted = fit(image, run.model(), null, null).apply(image);
        run.save("given.png", "given", fitted, java.util.Map.of());
        return Pictures.fromImage(fitted);
    }
}
