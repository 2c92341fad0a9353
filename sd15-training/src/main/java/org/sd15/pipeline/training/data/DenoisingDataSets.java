package org.sd15.pipeline.training.data;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/**
 * Batches of pictures as DL4J takes them, for {@code ComputationGraph.fit}.
 *
 * <p>Features: noisy latents {@code [batch, channels, h, w]}, time steps {@code [batch, 1]}, text states {@code [batch,
 * tokens, width]} (DL4J's {@code RNNFormat.NWC}). Labels: what the model is to predict from them, of the latents'
 * shape: the noise, if the objective says epsilon. An epoch is a number of batches; the next one continues the same
 * stream of pictures and noise.
 */
public final class DenoisingDataSets implements MultiDataSetIterator {

    private final BatchSource source;
    private final Objective objective;
    private final int epoch;
    private int dealt;
    private @Nullable MultiDataSetPreProcessor preProcessor;

    /**
     * A view of a source of batches.
     *
     * @param source its texts are states, as those of a {@link TextStateCache} are
     * @param epoch batches an epoch
     */
    public DenoisingDataSets(BatchSource source, Objective objective, int epoch) {
        if (epoch < 1) {
            throw new IllegalArgumentException("an epoch of %d batches: there must be one".formatted(epoch));
        }
        this.source = source;
        this.objective = objective;
        this.epoch = epoch;
    }

    @Override
    public boolean hasNext() {
        return dealt < epoch;
    }

    @Override
    public MultiDataSet next() {
        if (!hasNext()) {
            throw new NoSuchElementException(
                    "all %d batches of the epoch were given; reset begins the next".formatted(epoch));
        }
        TrainingBatch batch = source.next();
        if (!(batch.texts() instanceof Texts.States states)) {
            throw new IllegalArgumentException("texts must be given as states: DL4J's networks have no text encoder");
        }
        dealt++;
        INDArray times =
                Nd4j.createFromArray(batch.timesteps()).castTo(DataType.FLOAT).reshape(batch.size(), 1);
        var data = new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {objective.noisy(batch), times, states.context()},
                new INDArray[] {objective.target(batch)});
        if (preProcessor != null) {
            preProcessor.preProcess(data);
        }
        return data;
    }

    /** The next batch, whatever number is asked for: a batch has the size that its source gives it. */
    @Override
    public MultiDataSet next(int number) {
        return next();
    }

    /** Begins an epoch. */
    @Override
    public void reset() {
        dealt = 0;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /** The text encoder and the caches behind the batches are for one thread. */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor other) {
        preProcessor = other;
    }

    @Override
    public @Nullable MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }
}
