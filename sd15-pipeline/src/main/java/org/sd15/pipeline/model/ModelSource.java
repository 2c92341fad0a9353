package org.sd15.pipeline.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a model is, and what is chosen where its files leave a choice. Immutable; each method returns a source that
 * differs in one thing and keeps the rest.
 *
 * @param path a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x
 * @param variant of the weights, such as {@code fp16} or {@code non_ema}, for the parts of a folder that have it; null for
 *     weights without a variant, or the only one there is
 * @param tokenizer the folder of a tokenizer instead of the model's own; null for that. A single-file checkpoint has
 *     none: it is looked for beside the file and in the {@linkplain UserData user's data folder}
 */
public record ModelSource(Path path, @Nullable String variant, @Nullable Path tokenizer) {

    /** A model of which nothing is chosen. */
    public static ModelSource of(Path path) {
        return new ModelSource(path, null, null);
    }

    /** This source with the weights of a variant; null for those without one. */
    public ModelSource variant(@Nullable String name) {
        return new ModelSource(path, name, tokenizer);
    }

    /** This source with the tokenizer of a folder; null for its own. */
    public ModelSource tokenizer(@Nullable Path folder) {
        return new ModelSource(path, variant, folder);
    }
}
