package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;

/**
 * The pictures of a class that DreamBooth keeps (prior preservation).
 *
 * @param prompt what they show, or null if each has its own caption; then none is drawn
 * @param folder where they are, or null for {@code class} in the run's folder
 * @param count how many there should be; what is missing is drawn
 * @param samplerSteps steps of the sampler for that
 * @param weight what their loss is multiplied by
 */
public record ClassPictures(
        @Nullable String prompt, @Nullable Path folder, int count, int samplerSteps, double weight) {

    private static final String USUAL_FOLDER = "class";

    /** Checks what was asked for. */
    public ClassPictures {
        if (count < 1 || samplerSteps < 1 || !(weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException(
                    "%d pictures of a class, drawn in %d steps, with weight %s: there must be a picture and a step, and the weight must not be negative"
                            .formatted(count, samplerSteps, weight));
        }
        if (prompt == null && folder == null) {
            throw new IllegalArgumentException("pictures of a class need a prompt that they show, or a folder");
        }
    }

    /** A hundred pictures of a prompt, which the model draws in 50 steps each before it learns anything. */
    public static ClassPictures of(String prompt) {
        return new ClassPictures(prompt, null, 100, 50, 1);
    }

    /** The pictures of a folder, each with its caption. */
    public static ClassPictures captioned(Path folder) {
        return new ClassPictures(null, folder, 1, 1, 1);
    }

    /** The folder, filled up by the model as it is before the training. */
    PictureFolder in(RunPlan plan, Path work, StableDiffusion model, int side) throws IOException {
        if (prompt == null) {
            return PictureFolder.read(Objects.requireNonNull(folder), BadData.FAIL);
        }
        Path target = Files.createDirectories(folder == null ? work.resolve(USUAL_FOLDER) : folder);
        int there = count(target);
        if (there < count) {
            draw(prompt, target, there, plan, model, side);
        }
        return PictureFolder.read(target, List.of(prompt));
    }

    private void draw(String shown, Path target, int there, RunPlan plan, StableDiffusion model, int side)
            throws IOException {
        try (TrainingProgress progress = plan.listener().begin("class pictures", 0, count - there)) {
            for (int i = there; i < count; i++) {
                Denoising run = model.generate(GenerationRequest.of(shown)
                        .seed(plan.seed() + i)
                        .steps(samplerSteps)
                        .size(side, side)
                        .build());
                var image = Pictures.toImages(model.decode(run.finish())).get(0);
                PngFile.write(target.resolve("class-%04d.png".formatted(i)), image, Map.of("parameters", shown));
                progress.step("");
            }
        }
    }

    private static int count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.filter(
                            file -> file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g|bmp|gif)"))
                    .count();
        }
    }
}
