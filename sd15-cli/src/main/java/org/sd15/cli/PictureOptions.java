package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import picocli.CommandLine.Option;

/** Which pictures are trained on, and how they are cut. */
final class PictureOptions {

    /** Opens the pictures of a folder and says how far it is. */
    @FunctionalInterface
    interface Preparation {
        PreparedPictures of(PictureFolder folder, BadData bad, IntConsumer progress) throws IOException;
    }

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "Pictures with metadata.jsonl (file_name, text) or a .txt of the same name each.")
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

    BadData bad() {
        return skipBad ? BadData.SKIP : BadData.FAIL;
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

    PictureTransform transform(int side) {
        return new PictureTransform(side, side, randomCrop, flip);
    }

    Path folder() {
        if (data == null) {
            throw new IllegalArgumentException("nothing to train on: give --data FOLDER");
        }
        return data;
    }

    /** The folder, whose pictures all show the same. */
    PictureFolder showing(List<String> captions) throws IOException {
        return PictureFolder.read(folder(), captions);
    }

    /** Opens pictures with a progress bar, and tells what was left out. */
    PreparedPictures prepare(String task, PictureFolder folder, Preparation preparation) throws IOException {
        PreparedPictures prepared;
        try (Progress progress = new Progress(task, folder.pictures().size())) {
            prepared = preparation.of(folder, bad(), done -> progress.step());
        }
        prepared.skipped().forEach(reason -> Console.note("left out: %s", reason));
        return prepared;
    }
}
