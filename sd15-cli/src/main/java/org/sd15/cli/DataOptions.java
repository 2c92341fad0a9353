package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.ReplayFile;
import org.sd15.pipeline.training.run.TrainingBuilder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is trained on. */
final class DataOptions {

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Option(
            names = "--replay",
            paramLabel = "FILE",
            description = "Batches of another trainer in the place of a folder: latents.<k>, noise.<k>, timesteps.<k>,"
                    + " context.<k>.")
    private @Nullable Path replay;

    @Option(
            names = "--caption-dropout",
            defaultValue = "0",
            paramLabel = "P",
            description = "Part of the captions that is left empty.")
    @InRange(from = 0, to = 1)
    private double captionDropout;

    @Option(
            names = "--offset-noise",
            defaultValue = "0",
            paramLabel = "S",
            description = "Noise that a whole channel shares.")
    @InRange(from = 0)
    private double offsetNoise;

    @Option(
            names = "--input-perturbation",
            defaultValue = "0",
            paramLabel = "S",
            description = "Noise that the model isn't asked for.")
    @InRange(from = 0)
    private double inputPerturbation;

    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description = "Encoded pictures and texts (default: beside the output).")
    private @Nullable Path cache;

    /**
     * Says what a training learns from.
     *
     * @param files the model, which knows the size of its pictures
     * @param learns what learns
     */
    TrainingBuilder apply(TrainingBuilder training, ModelFiles files, Method learns) throws IOException {
        training.captionDropout(captionDropout).noise(offsetNoise, inputPerturbation);
        if (cache != null) {
            training.cache(cache);
        }
        if (replay == null) {
            return training.data(pictures.of(files));
        }
        if (learns.trainsTextEncoder()) {
            throw new IllegalArgumentException("--replay has text states: the text encoder can't learn from it");
        }
        return training.data(new ReplayFile(replay, pictures.batch(), pictures.side(files)));
    }

    /** The folder of pictures, if there is one. */
    @Nullable
    Path folder() {
        return pictures.folder();
    }

    /** The batches of another trainer, or nothing for a folder. */
    @Nullable
    Integer replayed() throws IOException {
        return replay == null ? null : new ReplayFile(replay, 1, null).count();
    }
}
