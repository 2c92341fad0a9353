package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/**
 * The batches of another trainer, from a file: {@code latents.<k>}, {@code noise.<k>}, {@code timesteps.<k>} and
 * {@code context.<k>} for each batch k, counted from 0. Nothing is drawn.
 */
public final class ReplayedBatches implements BatchSource, AutoCloseable {

    private static final String POSITION = "replayed";

    private final TensorFile file;
    private int position;

    private ReplayedBatches(TensorFile file) {
        this.file = file;
    }

    /** Opens a file. */
    public static ReplayedBatches open(Path path) throws IOException {
        return new ReplayedBatches(TensorFiles.open(path));
    }

    /** How many batches the file has. */
    public int count() {
        int count = 0;
        while (file.tensors().containsKey("latents." + count)) {
            count++;
        }
        return count;
    }

    @Override
    public TrainingBatch next() {
        int k = position++;
        INDArray timesteps = load("timesteps", k, DataType.DOUBLE);
        return TrainingBatch.of(
                load("latents", k, DataType.FLOAT),
                load("noise", k, DataType.FLOAT),
                timesteps.reshape(timesteps.length()).toIntVector(),
                new Texts.States(load("context", k, DataType.FLOAT)));
    }

    private INDArray load(String what, int k, DataType type) {
        return file.load(what + "." + k, type);
    }

    @Override
    public void save(TrainingState into) {
        into.remark(POSITION, position);
    }

    @Override
    public void restore(TrainingState from) {
        position = from.number(POSITION);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
