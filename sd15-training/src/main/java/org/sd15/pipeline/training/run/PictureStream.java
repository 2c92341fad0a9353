package org.sd15.pipeline.training.run;

import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.PictureSource;

/**
 * User-defined pictures for an autoencoder. A training does not know what they are: describe it with {@link
 * TrainingBuilder#recorded}, so that a run is not resumed with others.
 *
 * @param side of the pictures in pixels, for the estimate
 * @param batch pictures a batch, for the estimate and the record
 * @param source gives them, from the first batch on; for one run
 */
public record PictureStream(int side, int batch, PictureSource source) implements TrainingData {

    @Override
    public int side(ModelFiles model) {
        return side;
    }
}
