package org.sd15.pipeline.training;

import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Two arrays whose gradient is always the same: a run without a model, for what does not look into one. */
final class FallingWeights implements Passes {

    private final Map<String, INDArray> parameters =
            Map.of("unet.a", Nd4j.ones(DataType.FLOAT, 3, 4), "unet.b", Nd4j.ones(DataType.FLOAT, 50));
    private int position;

    /** A run of them from its start. */
    static Trainer trainer() {
        return new Trainer(new FallingWeights(), TrainingSettings.of(LearningRate.constant(1e-3, 1000)));
    }

    @Override
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    @Override
    public Pass next(int among) {
        position++;
        return new Pass(
                1, null, 1, Map.of("unet.a", Nd4j.ones(DataType.FLOAT, 3, 4), "unet.b", Nd4j.ones(DataType.FLOAT, 50)));
    }

    @Override
    public void save(TrainingState into) {
        into.remark("position", position);
    }

    @Override
    public void restore(TrainingState from) {
        position = from.number("position");
    }
}
