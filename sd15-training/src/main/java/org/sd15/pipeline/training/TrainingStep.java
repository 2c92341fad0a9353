package org.sd15.pipeline.training;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a step was like.
 *
 * @param index counted from 0
 * @param batchLosses the loss of each accumulated batch
 * @param meanLoss a moving mean of the loss over about the last 50 steps
 * @param priorLoss for DreamBooth: the mean squared error on pictures of the class
 * @param gradientNorm of all gradients together, before clipping
 * @param learningRate the rate of this step
 * @param pictures pictures that were seen
 * @param skipped whether the loss was no number and the weights were left as they are
 */
public record TrainingStep(
        int index,
        List<Double> batchLosses,
        double meanLoss,
        @Nullable Double priorLoss,
        double gradientNorm,
        double learningRate,
        int pictures,
        boolean skipped) {

    /** The mean loss of the step's batches. */
    public double loss() {
        return batchLosses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
