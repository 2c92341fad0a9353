package org.sd15.pipeline.training;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.training.TrainedModel.Result;

/** Passes of a model that learns to denoise latents. */
record DenoisingPasses(TrainedModel model, BatchSource source, Objective objective) implements Passes {

    @Override
    public Map<String, INDArray> parameters() {
        return model.parameters();
    }

    @Override
    public Pass next(int among) {
        TrainingBatch batch = source.next();
        double[] weights = batch.weights(objective);
        for (int row = 0; row < weights.length; row++) {
            weights[row] /= among;
        }
        Result result = model.gradient(new TrainedModel.Pass(
                objective.noisy(batch), batch.timesteps(), batch.texts(), objective.target(batch), weights));
        return new Pass(result.loss() * among, priorLoss(batch, result.errors()), batch.size(), result.gradients());
    }

    private static @Nullable Double priorLoss(TrainingBatch batch, List<Double> errors) {
        return batch.priors() == 0
                ? null
                : errors.subList(batch.size() - batch.priors(), batch.size()).stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow();
    }

    @Override
    public void save(TrainingState into) {
        source.save(into);
    }

    @Override
    public void restore(TrainingState from) {
        source.restore(from);
    }
}
