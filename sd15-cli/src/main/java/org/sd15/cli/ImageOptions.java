package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Reconstruction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A picture that is given. */
final class ImageOptions {

    @Option(names = "--image", paramLabel = "FILE", description = "A picture to start from, instead of noise alone.")
    private @Nullable Path image;

    @Mixin
    private FitOptions fitting = new FitOptions();

    private @Nullable GivenImage given;

    /** Whether there is one. */
    boolean isGiven() {
        return image != null;
    }

    /** Its file. */
    @Nullable
    Path path() {
        return image;
    }

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.picture("--image", image);
    }

    /** What it is called in reports. */
    String describe() {
        return image == null ? "drawn" : image.toString();
    }

    /** How pictures are fitted and how long is too long. */
    FitOptions fitting() {
        return fitting;
    }

    /** The picture, {@code [1, 3, H, W]}, or null. */
    @Nullable
    INDArray picture(StableDiffusion model) throws IOException {
        return image == null
                ? null
                : Pictures.fromImage(given(model, null, null).fitted());
    }

    /**
     * The picture as it was given, and how it is fitted.
     *
     * @param width asked for, in pixels, or null
     * @param height asked for, in pixels, or null
     */
    GivenImage given(StableDiffusion model, @Nullable Integer width, @Nullable Integer height) throws IOException {
        if (given == null) {
            given = fitting.read(Objects.requireNonNull(image), width, height, model);
        }
        return given;
    }

    /**
     * Says how long an edit of a picture will take.
     *
     * @param picture {@code [pictures, 3, H, W]}
     * @param predictions of the UNet, for one picture and one text each; one with its gradient counts four times
     * @throws IllegalArgumentException if it is more than an hour and that was not asked for
     */
    void expect(StableDiffusion diffusion, ModelOptions model, INDArray picture, double predictions) {
        fitting.expect(diffusion, model, picture, predictions);
    }

    /** Says how long drawing pictures of the model's size will take. */
    void expectDrawing(StableDiffusion diffusion, ModelOptions model, double predictions) {
        long side = diffusion.pictureSize() / diffusion.vae().config().factor();
        fitting.time().expect(diffusion, model.isFused(), false, new long[] {1, 1, side, side}, predictions);
    }

    /**
     * Says what the autoencoder alone loses of the picture, which an edit that holds the picture can't keep either.
     *
     * @param picture {@code [1, 3, H, W]}
     * @param decoded of the picture's own latents, same shape
     */
    static String tellLoss(INDArray picture, INDArray decoded) {
        INDArray latents = picture.mul(0); // they come back to the last bit
        Reconstruction loss = Reconstruction.of(picture, decoded, decoded, latents, latents);
        Console.note("%s", loss.warning().orElseGet(loss::toString));
        return loss.toString();
    }

    /** The picture as it was given, in its own size. */
    GivenImage unfitted() throws IOException {
        Path path = Objects.requireNonNull(image);
        BufferedImage original = PngFile.read(path);
        return GivenImage.of(path, original, PictureFit.scaled(original, original.getWidth(), original.getHeight()));
    }

    /** Its file's name. */
    String name() {
        return String.valueOf(Objects.requireNonNull(image).getFileName());
    }

    /** A mask, {@code [1, 1, h, w]} of 1 and 0: fitted like the picture, if there is one. */
    INDArray mask(Path path, StableDiffusion model) throws IOException {
        BufferedImage read = PngFile.read(path);
        INDArray brightness = Pictures.mask(read);
        INDArray white = brightness.gte(0.5).castTo(brightness.dataType());
        return image == null ? white : given(model, null, null).fit().mask(white);
    }
}
