package org.sd15.spark.training;

import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/**
 * A pass of a step as it is sent to a task. One of the two kinds of texts is there.
 *
 * @param noisy what the UNet is given
 * @param timesteps one a picture
 * @param states text states, or null
 * @param ids tokens, or null
 * @param target what should be predicted
 * @param weights what the error of each picture is multiplied by
 */
record SentPass(
        Floats noisy, int[] timesteps, @Nullable Floats states, int @Nullable [][] ids, Floats target, double[] weights)
        implements Serializable {

    static SentPass of(TrainedModel.Pass pass) {
        return new SentPass(
                Floats.of(pass.noisy()),
                pass.timesteps(),
                pass.texts() instanceof Texts.States states ? Floats.of(states.context()) : null,
                pass.texts() instanceof Texts.Ids tokens ? tokens.ids() : null,
                Floats.of(pass.target()),
                pass.weights());
    }

    TrainedModel.Pass pass() {
        Texts texts = states != null ? new Texts.States(states.array()) : new Texts.Ids(Objects.requireNonNull(ids));
        return new TrainedModel.Pass(noisy.array(), timesteps, texts, target.array(), weights);
    }
}
