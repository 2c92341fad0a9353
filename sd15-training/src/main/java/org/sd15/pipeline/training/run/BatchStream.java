package org.sd15.pipeline.training.run;

import java.io.IOException;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.job.TrainingJob;

/**
 * User-defined batches. A training does not know where they come from: describe it with {@link
 * TrainingBuilder#recorded}, so that a run is not resumed with others.
 *
 * @param side of the pictures in pixels, for the estimate
 * @param batch pictures a batch, the most there are; for the estimate and the record
 * @param opening makes the batches
 */
public record BatchStream(int side, int batch, Opening opening) implements TrainingData {

    /** Makes the batches of a training, once its model is loaded. */
    @FunctionalInterface
    public interface Opening {

        /**
         * Batches from the first one on.
         *
         * @param job the model that learns, with the autoencoder and the tokenizer for pictures and captions
         * @param objective what it is to predict, with its noise schedule
         */
        BatchSource open(TrainingJob job, Objective objective) throws IOException;
    }

    @Override
    public int side(ModelFiles model) {
        return side;
    }
}
