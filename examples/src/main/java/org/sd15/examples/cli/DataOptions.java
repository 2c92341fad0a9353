package org.sd15.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import picocli.CommandLine.Option;

/** What is trained on. */
final class DataOptions {

    /** How a folder is read. */
    @FunctionalInterface
    interface Reading {
        PictureFolder of(DataOptions options) throws IOException;
    }

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "Pictures with metadata.jsonl (file_name, text) or a .txt of the same name each.")
    private @Nullable Path data;

    @Option(
            names = "--replay",
            paramLabel = "FILE",
            description = "Batches of another trainer in the place of a folder: latents.<k>, noise.<k>, timesteps.<k>,"
                    + " context.<k>.")
    private @Nullable Path replay;

    @Option(names = "--batch", defaultValue = "1", paramLabel = "N", description = "Pictures a batch (default: 1).")
    private int batch;

    @Option(names = "--resolution", paramLabel = "PIXELS", description = "Side of the pictures (default: the model's).")
    private @Nullable Integer resolution;

    @Option(names = "--random-crop", description = "Cut at a random place (default: in the middle).")
    private boolean randomCrop;

    @Option(names = "--flip", description = "Mirror every second picture.")
    private boolean flip;

    @Option(
            names = "--caption-dropout",
            defaultValue = "0",
            paramLabel = "P",
            description = "Part of the captions that is left empty.")
    private double captionDropout;

    @Option(
            names = "--offset-noise",
            defaultValue = "0",
            paramLabel = "S",
            description = "Noise that a whole channel shares.")
    private double offsetNoise;

    @Option(
            names = "--input-perturbation",
            defaultValue = "0",
            paramLabel = "S",
            description = "Noise that the model isn't asked for.")
    private double inputPerturbation;

    @Option(
            names = "--skip-bad",
            description = "Leave out pictures that can't be read or have no caption, and count them.")
    private boolean skipBad;

    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description = "Encoded pictures and texts (default: beside the output).")
    private @Nullable Path cache;

    @Nullable
    Path replay() {
        return replay;
    }

    int batch() {
        return batch;
    }

    BadData bad() {
        return skipBad ? BadData.SKIP : BadData.FAIL;
    }

    int side(int usual) {
        return resolution == null ? usual : resolution;
    }

    Path cache(Path work) {
        return cache == null ? work.resolve("cache") : cache;
    }

    PictureTransform transform(int usual) {
        return new PictureTransform(side(usual), side(usual), randomCrop, flip);
    }

    PictureBatches.Settings settings(int timesteps) {
        return new PictureBatches.Settings(
                batch, captionDropout, new NoiseSettings(offsetNoise, inputPerturbation, timesteps));
    }

    /** A folder whose pictures have captions of their own. */
    PictureFolder captioned() throws IOException {
        return PictureFolder.read(folder(), bad());
    }

    /** A folder whose pictures all show the same. */
    PictureFolder ofOneSubject(List<String> captions) throws IOException {
        return PictureFolder.read(folder(), captions);
    }

    private Path folder() {
        if (data == null) {
            throw new IllegalArgumentException("nothing to train on: give --data FOLDER, or --replay FILE");
        }
        return data;
    }
}
