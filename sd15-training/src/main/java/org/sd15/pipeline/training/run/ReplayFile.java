package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.ReplayedBatches;

/**
 * The batches of another trainer, from a file: see {@link ReplayedBatches}. Texts are given as states, so no text encoder
 * can learn from it.
 *
 * @param path the file
 * @param batch pictures a batch, for the estimate and the record
 * @param resolution side of the pictures in pixels, for the estimate; or null for the one that the model was trained for
 */
public record ReplayFile(Path path, int batch, @Nullable Integer resolution) implements TrainingData {

    /**
     * How many batches it has.
     *
     * @throws IOException if it can't be read
     */
    public int count() throws IOException {
        try (ReplayedBatches batches = ReplayedBatches.open(path)) {
            return batches.count();
        }
    }

    @Override
    public int side(ModelFiles model) throws IOException {
        return PictureSide.of(resolution, model);
    }
}
