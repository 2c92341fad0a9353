package org.sd15.pipeline.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/** Batches of two small drawn pictures without a folder, for tests of the loop. */
final class DrawnBatches implements BatchSource {

    private static final String RANDOM = "random";
    private static final int ROWS = 2;

    private TorchRandom random;

    DrawnBatches(long seed) {
        random = new TorchRandom(seed);
    }

    @Override
    public TrainingBatch next() {
        INDArray latents = random.randn(ROWS, 4, 4, 4);
        INDArray noise = random.randn(ROWS, 4, 4, 4);
        long[] times = random.randint(0, 1000, ROWS);
        Texts texts = new Texts.States(random.randn(ROWS, 3, 12));
        return TrainingBatch.of(latents, noise, new int[] {(int) times[0], (int) times[1]}, texts);
    }

    @Override
    public void save(TrainingState into) {
        into.put(RANDOM, random.state());
    }

    @Override
    public void restore(TrainingState from) {
        random = new TorchRandom(from.random(RANDOM));
    }
}
