package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;

/**
 * A folder of pictures, and how they are cut and put into batches. Captions are in a {@code metadata} list or in one
 * {@code .txt} of the same name each, see {@link PictureFolder}; a training of one subject, or of the autoencoder, doesn't
 * read them.
 *
 * @param folder where they are
 * @param batch pictures a batch
 * @param resolution side of the pictures in pixels, or null for the one that the model was trained for
 * @param randomCrop whether each is cut at a random place each time; else in the middle
 * @param randomFlip whether every second picture is mirrored
 * @param bad what to do with pictures that can't be read or have no caption
 */
public record TrainingPictures(
        Path folder, int batch, @Nullable Integer resolution, boolean randomCrop, boolean randomFlip, BadData bad)
        implements TrainingData {

    /** Checks the number. */
    public TrainingPictures {
        if (batch < 1) {
            throw new IllegalArgumentException("batches of %d pictures: there must be one".formatted(batch));
        }
    }

    /** The pictures of a folder one at a time, cut in the middle; one that can't be read ends the run before it begins. */
    public static TrainingPictures in(Path folder) {
        return new TrainingPictures(folder, 1, null, false, false, BadData.FAIL);
    }

    /** Pictures a batch. */
    public TrainingPictures batch(int pictures) {
        return new TrainingPictures(folder, pictures, resolution, randomCrop, randomFlip, bad);
    }

    /** Pictures of a side in pixels. */
    public TrainingPictures resolution(int side) {
        return new TrainingPictures(folder, batch, side, randomCrop, randomFlip, bad);
    }

    /** Pictures that are cut at a random place each time, or not. */
    public TrainingPictures randomCrop(boolean random) {
        return new TrainingPictures(folder, batch, resolution, random, randomFlip, bad);
    }

    /** Pictures of which every second is mirrored, or none. */
    public TrainingPictures randomFlip(boolean random) {
        return new TrainingPictures(folder, batch, resolution, randomCrop, random, bad);
    }

    /** Another way with pictures that can't be read or have no caption. */
    public TrainingPictures bad(BadData way) {
        return new TrainingPictures(folder, batch, resolution, randomCrop, randomFlip, way);
    }

    @Override
    public int side(ModelFiles model) throws IOException {
        return PictureSide.of(resolution, model);
    }

    PictureTransform transform(int side) {
        return new PictureTransform(side, side, randomCrop, randomFlip);
    }

    /**
     * Reads the folder.
     *
     * @param captions what all pictures show, or null if each has its own
     */
    PictureFolder read(@Nullable List<String> captions) throws IOException {
        return captions == null ? PictureFolder.read(folder, bad) : PictureFolder.read(folder, captions);
    }
}
