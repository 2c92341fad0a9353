package org.sd15.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelSource;
import org.sd15.pipeline.schedule.PredictionType;
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

    @Option(
            names = "--vae",
            paramLabel = "PATH",
            description = "Another autoencoder, or the one that the model lacks: a folder or a file.")
    private @Nullable Path vae;

    @Option(
            names = "--text-encoder",
            paramLabel = "PATH",
            description = "Another text encoder, or the one that the model lacks: a folder or a file.")
    private @Nullable Path textEncoder;

    @Option(
            names = "--prediction",
            paramLabel = "TYPE",
            converter = PredictionConverter.class,
            description = "What the model predicts: epsilon, v_prediction or sample (default: what its files say, for a"
                    + " single file also a .yaml of its name; else epsilon).")
    private @Nullable PredictionType prediction;

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.model("--tokenizer", tokenizer).model("--vae", vae).model("--text-encoder", textEncoder);
    }

    /** A model with what was chosen. */
    ModelSource of(Path model) {
        return ModelSource.of(model)
                .variant(variant)
                .tokenizer(tokenizer)
                .vae(vae)
                .textEncoder(textEncoder)
                .prediction(prediction);
    }
}
