package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A picture that is given. */
final class ImageOptions {

    @Option(names = "--image", paramLabel = "FILE", description = "A picture to edit, instead of a drawn one.")
    private @Nullable Path image;

    @Mixin
    private ResizeOption resize = new ResizeOption();

    /** Whether there is one. */
    boolean isGiven() {
        return image != null;
    }

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.picture("--image", image);
    }

    /** What it is called in reports. */
    String describe() {
        return image == null ? "drawn" : image.toString();
    }

    /** The picture, {@code [1, 3, H, W]}, or null. */
    @Nullable
    INDArray picture(StableDiffusion model) throws IOException {
        return image == null ? null : Pictures.fromImage(read(image, model));
    }

    private BufferedImage read(Path path, StableDiffusion model) throws IOException {
        return resize.fit(path, PngFile.read(path), model);
    }
}
