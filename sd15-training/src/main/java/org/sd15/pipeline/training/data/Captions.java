package org.sd15.pipeline.training.data;

import java.util.List;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/** Turns captions into what a model is given. */
@FunctionalInterface
public interface Captions {

    /** The texts of a batch. */
    Texts of(List<String> captions);
}
