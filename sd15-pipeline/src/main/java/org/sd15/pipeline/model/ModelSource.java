package org.sd15.pipeline.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.PredictionType;

/**
 * Where a model is, and what is chosen where its files leave a choice. Immutable; each method returns a source that
 * differs in one thing and keeps the rest.
 *
 * @param path a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x
 * @param variant of the weights, such as {@code fp16} or {@code non_ema}, for the parts of a folder that have it; null for
 *     weights without a variant, or the only one there is
 * @param tokenizer the folder of a tokenizer instead of the model's own; null for that. A single-file checkpoint has
 *     none: it is looked for beside the file and in the {@linkplain UserData user's data folder}
 * @param vae an autoencoder instead of the model's own, or of the one that it lacks: its folder, a model's, a single-file
 *     checkpoint, or a file with nothing else in it; null for the model's own
 * @param textEncoder a text encoder, likewise
 * @param prediction what the model predicts, whatever its files say; null for what they say. Of a single-file checkpoint
 *     that may be in a {@code .yaml} of the same name beside it; else it is the noise
 */
public record ModelSource(
        Path path,
        @Nullable String variant,
        @Nullable Path tokenizer,
        @Nullable Path vae,
        @Nullable Path textEncoder,
        @Nullable PredictionType prediction) {

    /** A model of which nothing is chosen. */
    public static ModelSource of(Path path) {
        return new ModelSource(path, null, null, null, null, null);
    }

    /** This source with the weights of a variant; null for those without one. */
    public ModelSource variant(@Nullable String name) {
        return new ModelSource(path, name, tokenizer, vae, textEncoder, prediction);
    }

    /** This source with the tokenizer of a folder; null for its own. */
    public ModelSource tokenizer(@Nullable Path folder) {
        return new ModelSource(path, variant, folder, vae, textEncoder, prediction);
    }

    /** This source with another autoencoder; null for its own. */
    public ModelSource vae(@Nullable Path place) {
        return new ModelSource(path, variant, tokenizer, place, textEncoder, prediction);
    }

    /** This source with another text encoder; null for its own. */
    public ModelSource textEncoder(@Nullable Path place) {
        return new ModelSource(path, variant, tokenizer, vae, place, prediction);
    }

    /** This source with a model that predicts this; null for what its files say. */
    public ModelSource prediction(@Nullable PredictionType type) {
        return new ModelSource(path, variant, tokenizer, vae, textEncoder, type);
    }
}
