package org.sd15.pipeline.training;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
        return pass(batch, model.gradient(input(batch, among)), among);
    }

    @Override
    public Iterator<Pass> step(int among) {
        List<TrainingBatch> batches = Stream.generate(source::next).limit(among).toList();
        Iterator<Result> results = model.gradients(
                batches.stream().map(batch -> input(batch, among)).toList());
        return batches.stream().map(batch -> pass(batch, results.next(), among)).iterator();
    }

    private TrainedModel.Pass input(TrainingBatch batch, int among) {
        double[] weights = batch.weights(objective);
        for (int row = 0; row < weights.length; row++) {
            weights[row] /= among;
        }
        return new TrainedModel.Pass(
                objective.noisy(batch), batch.timesteps(), batch.texts(), objective.target(batch), weights);
    }

    private static Pass pass(TrainingBatch batch, Result result, int among) {
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
