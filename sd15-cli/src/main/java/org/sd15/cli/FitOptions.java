package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import picocli.CommandLine.Mixin;

/** What every command that takes pictures does with them before it begins: it fits them, and says how long it will take. */
final class FitOptions {

    @Mixin
    private ResizeOption resize = new ResizeOption();

    @Mixin
    private TimeOptions time = new TimeOptions();

    /** Reads a picture and fits it. */
    GivenImage read(Path path, @Nullable Integer width, @Nullable Integer height, StableDiffusion model)
            throws IOException {
        BufferedImage original = PngFile.read(path);
        GivenImage given = GivenImage.of(path, original, resize.fit(path, original, width, height, model));
        Sizes.require(path, given.fitted(), null, null, model);
        return given;
    }

    /** Says how long an edit of pictures, {@code [pictures, 3, H, W]}, will take; see {@link TimeOptions#expect}. */
    void expect(StableDiffusion diffusion, ModelOptions model, INDArray pictures, double predictions) {
        int factor = diffusion.vae().config().factor();
        long[] latents = {1, 1, pictures.size(2) / factor, pictures.size(3) / factor};
        time.expect(diffusion, model.isFused(), true, latents, predictions);
    }

    /** How pictures are fitted, for the text chunk of a picture; nothing if that was left at its default. */
    Map<String, String> parameters() {
        String typed = resize.value();
        return typed == null ? Map.of() : Map.of("Resize", typed);
    }

    /** How long is too long. */
    TimeOptions time() {
        return time;
    }
}
