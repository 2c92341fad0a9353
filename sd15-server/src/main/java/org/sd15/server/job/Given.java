package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
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
 */
record Given(String field, String hash, String resize) {

    private static final List<String> WAYS = List.of("fit", "crop", "pad", "keep");

    /** The picture of a field, and of {@code resize}; null if there is none. */
    static @Nullable Given of(Fields fields, String field, Limits limits) {
        byte[] bytes = fields.picture(field);
        if (bytes == null) {
            return null;
        }
        require(field, bytes, limits);
        return new Given(field, hash(bytes), fields.choice("resize", "fit", WAYS));
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
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new FieldProblem(field, "%s is no picture that can be read".formatted(field));
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > 16L * limits.pixels()) {
                    throw new FieldProblem(
                            field,
                            "%s has %d pixels, up to %d are taken".formatted(field, pixels, 16L * limits.pixels()));
                }
            } finally {
                reader.dispose();
            }
        } catch (FieldProblem problem) {
            throw problem;
        } catch (IOException | RuntimeException garbled) {
            throw new FieldProblem(field, "%s can't be read: %s".formatted(field, garbled.getMessage()));
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
        int side = model.pictureSize();
        int factor = model.vae().config().factor();
        int w = width == null ? side : width;
        int h = height == null ? side : height;
        return switch (resize) {
            case "keep" -> {
                if (image.getWidth() % factor != 0 || image.getHeight() % factor != 0) {
                    throw new FieldProblem(
                            field,
                            "%s is %d x %d, with \"keep\" its sides must be multiples of %d"
                                    .formatted(field, image.getWidth(), image.getHeight(), factor));
                }
                yield PictureFit.scaled(image, image.getWidth(), image.getHeight());
            }
            case "crop" -> PictureFit.cropped(image, w, h);
            case "pad" -> PictureFit.padded(image, w, h);
            default -> {
                if (width != null || height != null) {
                    yield PictureFit.cropped(image, w, h);
                }
                double scale = (double) side / Math.min(image.getWidth(), image.getHeight());
                yield PictureFit.scaled(
                        image, multiple(image.getWidth() * scale, factor), multiple(image.getHeight() * scale, factor));
            }
        };
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
