package org.sd15.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelSource;
import picocli.CommandLine.Option;

/** What is chosen of a model where its files leave a choice. */
final class SourceOptions {

    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description = "Which weights of a diffusers folder, such as fp16 or non_ema, for the parts that have it"
                    + " (default: those without a variant, or the only ones there are).")
    private @Nullable String variant;

    /** The variant, or null. */
    @Nullable
    String variant() {
        return variant;
    }

    /** A model with what was chosen. */
    ModelSource of(Path model) {
        return ModelSource.of(model).variant(variant);
    }
}
