package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.run.TrainingPictures;
import picocli.CommandLine.Option;

/** Which pictures are trained on, and how they are cut. */
final class PictureOptions {

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "Pictures with metadata.jsonl or metadata.csv (file_name, text), or a .txt of the same name"
                    + " each.")
    private @Nullable Path data;

    @Option(names = "--batch", defaultValue = "1", paramLabel = "N", description = "Pictures a batch (default: 1).")
    @InRange(from = 1, to = 10_000)
    private int batch;

    @Option(names = "--resolution", paramLabel = "PIXELS", description = "Side of the pictures (default: the model's).")
    @InRange(to = Sizes.LARGEST_SIDE)
    private @Nullable Integer resolution;

    @Option(names = "--random-crop", description = "Cut at a random place (default: in the middle).")
    private boolean randomCrop;

    @Option(names = "--flip", description = "Mirror every second picture.")
    private boolean flip;

    @Option(
            names = "--skip-bad",
            description = "Leave out pictures that can't be read or have no caption, and count them.")
    private boolean skipBad;

    int batch() {
        return batch;
    }

    /** The folder, if one was named. */
    @Nullable
    Path folder() {
        return data;
    }

    /** The side of the pictures; the model's own, if nothing else is asked for. */
    int side(ModelFiles files) throws IOException {
        int factor = files.vaeConfig().factor();
        if (resolution == null) {
            return files.sampleSize() * factor;
        }
        if (resolution < factor || resolution % factor != 0 || resolution > Pictures.LONGEST_SIDE) {
            throw new IllegalArgumentException("--resolution is %d, must be a multiple of %d pixels up to %d"
                    .formatted(resolution, factor, Pictures.LONGEST_SIDE));
        }
        return resolution;
    }

    /** The pictures, in the size that they are trained in. */
    TrainingPictures of(ModelFiles files) throws IOException {
        if (data == null) {
            throw new IllegalArgumentException("nothing to train on: give --data FOLDER");
        }
        BadData bad = skipBad ? BadData.SKIP : BadData.FAIL;
        return new TrainingPictures(data, batch, side(files), randomCrop, flip, bad);
    }
}
