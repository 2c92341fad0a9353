package org.sd15.pipeline.training.run;

import java.io.IOException;
import org.sd15.pipeline.model.ModelFiles;

/** What a training learns from. */
public sealed interface TrainingData permits TrainingPictures, ReplayFile, BatchStream, PictureStream {

    /** Pictures a batch, those of a class not counted. */
    int batch();

    /**
     * The side of the pictures in pixels.
     *
     * @throws IllegalArgumentException if the model has no pictures of the side that was asked for
     */
    int side(ModelFiles model) throws IOException;
}
