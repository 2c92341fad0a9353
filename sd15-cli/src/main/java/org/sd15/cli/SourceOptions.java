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

    @Option(
            names = "--tokenizer",
            paramLabel = "DIR",
            description = "Another tokenizer: vocab.json and merges.txt, or tokenizer.json (default: the model's; for a"
                    + " single file one beside it, or what \"sd15 tokenizer import\" has kept).")
    private @Nullable Path tokenizer;

    /** A model with what was chosen. */
    ModelSource of(Path model) {
        return ModelSource.of(model).variant(variant).tokenizer(tokenizer);
    }
}
