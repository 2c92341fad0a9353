package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is trained on. */
final class DataOptions {

    /** How a folder is read. */
    @FunctionalInterface
    interface Reading {
        PictureFolder of(DataOptions options) throws IOException;
    }

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

    @Nullable
    Path replay() {
        return replay;
    }

    PictureOptions pictures() {
        return pictures;
    }

    Path cache(Path work) {
        return cache == null ? work.resolve("cache") : cache;
    }

    PictureBatches.Settings settings(int timesteps) {
        return new PictureBatches.Settings(
                pictures.batch(), captionDropout, new NoiseSettings(offsetNoise, inputPerturbation, timesteps));
    }

    /** A folder whose pictures have captions of their own. */
    PictureFolder captioned() throws IOException {
        return PictureFolder.read(pictures.folder(), pictures.bad());
    }

    /** A folder whose pictures all show the same. */
    PictureFolder ofOneSubject(List<String> captions) throws IOException {
        return pictures.showing(captions);
    }
}
