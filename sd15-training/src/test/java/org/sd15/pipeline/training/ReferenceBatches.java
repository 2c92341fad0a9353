package org.sd15.pipeline.training;

import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.testing.Fixture;

/** The six batches of the reference. */
final class ReferenceBatches implements BatchSource {

    private final Fixture inputs = Fixture.of("sd15-training", "training/inputs");
    private int k;

    @Override
    public TrainingBatch next() {
        int[] timesteps = inputs.get("timesteps").slice(k).toIntVector();
        TrainingBatch batch = TrainingBatch.of(
                inputs.get("latents").slice(k),
                inputs.get("noise").slice(k),
                timesteps,
                new Texts.States(inputs.get("contexts").slice(k)));
        k++;
        return batch;
    }

    @Override
    public void save(TrainingState into) {
        into.remark("k", k);
    }

    @Override
    public void restore(TrainingState from) {
        k = from.number("k");
    }
}
