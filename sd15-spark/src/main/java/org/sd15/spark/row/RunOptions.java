package org.sd15.spark.row;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.Schedulers;

/**
 * The settings that all runs have; null for what is usual.
 *
 * @param steps sampler steps
 * @param guidance scale of classifier-free guidance
 * @param guidanceRescale share of the rescaled prediction
 * @param clipSkip layers of the text encoder that are left out at the end
 * @param scheduler its name
 * @param promptStyle plain, webui or compel
 * @param seed of torch's generator
 * @param width in pixels
 * @param height in pixels
 * @param resize how a given picture is brought to the size: fit, crop, pad or keep
 */
record RunOptions(
        @Nullable Integer steps,
        @Nullable Double guidance,
        @Nullable Double guidanceRescale,
        @Nullable Integer clipSkip,
        @Nullable String scheduler,
        @Nullable String promptStyle,
        @Nullable Long seed,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Resize resize) {

    private static final long USUAL_SEED = 42;

    /** How a given picture is brought to the model's size. */
    enum Resize {
        /** The shorter side is the model's, or all of the given size is filled. */
        FIT,
        /** The largest part in the middle that has the shape. */
        CROP,
        /** All of it, with the colours of its border around. */
        PAD,
        /** As it is. */
        KEEP
    }

    /** The seed, the usual one if none is set. */
    long seedOrUsual() {
        return seed == null ? USUAL_SEED : seed;
    }

    /** How prompts are written. */
    PromptStyle style() {
        if (promptStyle == null) {
            return PromptStyle.PLAIN;
        }
        try {
            return PromptStyle.valueOf(promptStyle.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(
                    "promptStyle is \"%s\", must be plain, webui, compel or compel_mask".formatted(promptStyle),
                    unknown);
        }
    }

    /**
     * Checks what can be checked without a model.
     *
     * @throws IllegalArgumentException if a value can't be
     */
    void check() {
        numbers(RunSettings.DEFAULT).size(width, height);
        if (scheduler != null && !Schedulers.isKnown(scheduler)) {
            throw new IllegalArgumentException(
                    "scheduler is \"%s\", must be one of %s".formatted(scheduler, Schedulers.names()));
        }
    }

    /**
     * Settings with what is set here, and the size.
     *
     * @param usual those of the method
     */
    RunSettings sized(RunSettings usual, Components model) {
        return apply(usual, model).size(width, height);
    }

    /** Settings with what is set here, without a size, which a given picture has. */
    RunSettings apply(RunSettings usual, Components model) {
        RunSettings settings = numbers(usual);
        return scheduler == null ? settings : settings.scheduler(model.scheduler(scheduler));
    }

    private RunSettings numbers(RunSettings usual) {
        RunSettings settings = usual.seed(seedOrUsual()).promptStyle(style());
        settings = steps == null ? settings : settings.steps(steps);
        settings = guidance == null ? settings : settings.guidance(guidance);
        settings = guidanceRescale == null ? settings : settings.guidanceRescale(guidanceRescale);
        return clipSkip == null ? settings : settings.clipSkip(clipSkip);
    }

    /**
     * Refuses a setting that a method has no use for.
     *
     * @param method its name
     * @param name of the setting
     * @throws IllegalArgumentException if it is set
     */
    static void requireNone(String method, String name, @Nullable Object setting) {
        if (setting != null) {
            throw new IllegalArgumentException("%s has no use for the setting \"%s\"".formatted(method, name));
        }
    }
}
