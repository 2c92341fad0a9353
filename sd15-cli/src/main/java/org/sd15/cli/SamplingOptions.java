package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Scheduler;
import picocli.CommandLine.Option;

/** Steps, guidance and randomness. */
final class SamplingOptions {

    @Option(
            names = "--seed",
            converter = DrawnSeed.class,
            paramLabel = "N|random",
            defaultValue = "42",
            description = "Seed; random or -1 draws one and tells it (default: 42).")
    private long seed;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Sampler steps (default: 50).")
    @InRange(from = 1)
    private int steps;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            defaultValue = "7.5",
            description = "Classifier-free guidance (default: 7.5).")
    @InRange
    private double guidance;

    @Option(
            names = "--scheduler",
            paramLabel = "NAME",
            completionCandidates = SchedulerNames.class,
            description = "${COMPLETION-CANDIDATES} (default: what the model says; ddim when editing).")
    private @Nullable String scheduler;

    @Option(
            names = "--latents",
            paramLabel = "FILE",
            description = "Start noise of unit variance: safetensors, key latents [B,4,h,w].")
    private @Nullable Path latents;

    @Option(
            names = "--noise",
            paramLabel = "FILE",
            description = "Draws of stochastic steps: safetensors, key noise [steps,B,4,h,w].")
    private @Nullable Path noise;

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.file("--latents", latents).file("--noise", noise);
    }

    /** Steps of the sampler. */
    int steps() {
        return steps;
    }

    /** Classifier-free guidance. */
    double guidance() {
        return guidance;
    }

    /** Texts of a picture that the model is asked about: with and without the prompt, if it is guided. */
    int rows() {
        return guidance > 1 ? 2 : 1;
    }

    /** Name of the scheduler asked for, or null. */
    @Nullable
    String schedulerName() {
        return scheduler;
    }

    /** The scheduler asked for, or null. */
    @Nullable
    Scheduler scheduler(StableDiffusion model) {
        return scheduler == null ? null : model.scheduler(scheduler);
    }

    /** Puts the options into the settings of a run. */
    RunSettings apply(RunSettings settings, StableDiffusion model) throws IOException {
        return settings.seed(seed)
                .steps(steps)
                .guidance(guidance)
                .scheduler(scheduler(model))
                .latents(latents == null ? null : Tensors.read(latents, "latents"))
                .noise(noise == null ? null : Tensors.read(noise, "noise"));
    }

    /** The options as a change of the settings of a run. */
    UnaryOperator<RunSettings> of(StableDiffusion model) {
        return settings -> {
            try {
                return apply(settings, model);
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        };
    }

    /** Guidance and seed in words. */
    String guidanceAndSeed() {
        return "CFG scale: %s, Seed: %s".formatted(guidance, Long.toUnsignedString(seed));
    }

    /** The options under the keys of the web UI, and the files that were given. */
    Map<String, String> parameters(SamplerName name) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("Steps", Integer.toString(steps));
        parameters.put("Sampler", name.sampler());
        if (!name.scheduleType().equals(SamplerName.AUTOMATIC)) {
            parameters.put("Schedule type", name.scheduleType());
        }
        parameters.put("CFG scale", Double.toString(guidance));
        parameters.put("Seed", Long.toUnsignedString(seed));
        return parameters;
    }

    /**
     * How an editing command drew: sampler, size, model, and the method in words.
     *
     * @param name the scheduler that really ran, or null if none did
     */
    Map<String, String> parameters(@Nullable SamplerName name, ModelOptions model, BufferedImage picture, String method)
            throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        if (name == null) {
            values.put("CFG scale", Double.toString(guidance));
            values.put("Seed", Long.toUnsignedString(seed));
        } else {
            values.putAll(parameters(name));
        }
        values.put("Size", picture.getWidth() + "x" + picture.getHeight());
        values.putAll(model.parameters());
        values.put("Method", method);
        values.putAll(noiseParameters());
        return values;
    }

    /** The scheduler of an edit: the one that was asked for, or DDIM. */
    SamplerName editing(StableDiffusion model) {
        Scheduler chosen = scheduler(model);
        return SamplerName.of(chosen == null ? model.scheduler("ddim") : chosen);
    }

    /** The files that noise was read from. */
    Map<String, String> noiseParameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (latents != null) {
            parameters.put("Latents", String.valueOf(latents.getFileName()));
        }
        if (noise != null) {
            parameters.put("Noise", String.valueOf(noise.getFileName()));
        }
        return parameters;
    }

    /** The options in words, for the text chunk of a picture. */
    String describe(String defaultScheduler) {
        return "Steps: %d, Sampler: %s, %s"
                .formatted(steps, scheduler == null ? defaultScheduler : scheduler, guidanceAndSeed());
    }
}
