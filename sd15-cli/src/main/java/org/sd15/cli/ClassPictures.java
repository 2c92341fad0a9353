package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * The pictures of a class that DreamBooth keeps.
 *
 * @param prompt what they show
 * @param folder where they are, or null for beside the output
 * @param count how many there should be; what is missing is drawn
 * @param steps sampler steps for that
 * @param weight what their loss is multiplied by
 */
record ClassPictures(String prompt, @Nullable Path folder, int count, int steps, double weight) {

    /** Checks what was asked for. */
    ClassPictures {
        RunOptions.requirePositive("--class-pictures", count);
        RunOptions.requirePositive("--class-steps", steps);
        if (!(weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException("--prior-weight is %s, must not be negative".formatted(weight));
        }
    }

    /** The folder, filled up by the model as it is before the training. */
    Path in(Path work, StableDiffusion model, int width, int height, long seed) throws IOException {
        Path target = folder == null ? work.resolve("class") : folder;
        Files.createDirectories(target);
        int there = count(target);
        if (there >= count) {
            return target;
        }
        try (Progress progress = new Progress("class pictures", count - there)) {
            for (int i = there; i < count; i++) {
                Denoising run = model.generate(GenerationRequest.of(prompt)
                        .seed(seed + i)
                        .steps(steps)
                        .size(width, height)
                        .build());
                var image = Pictures.toImages(model.decode(run.finish())).get(0);
                PngFile.write(target.resolve("class-%04d.png".formatted(i)), image, Map.of("parameters", prompt));
                progress.step();
            }
        }
        return target;
    }

    private static int count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.filter(
                            file -> file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g|bmp|gif)"))
                    .count();
        }
    }
}
