package org.sd15.pipeline.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;

/**
 * What the model should predict, and how much each time step counts.
 *
 * @param schedule the noise of every time step
 * @param prediction noise, velocity or picture
 * @param minSnrGamma limit of the signal-to-noise ratio in the weights of Hang et al., 2023; null: all count the same
 * @see <a href="https://arxiv.org/abs/2303.09556">Hang et al., Efficient Diffusion Training via Min-SNR Weighting
 *     Strategy</a>
 */
public record Objective(
        NoiseSchedule schedule,
        PredictionType prediction,
        @Nullable Double minSnrGamma) {

    /** Checks the limit. */
    public Objective {
        if (minSnrGamma != null && !(minSnrGamma > 0)) {
            throw new IllegalArgumentException("min-SNR gamma is %s, must be positive".formatted(minSnrGamma));
        }
    }

    /** The noisy latents that the model is given, {@code alpha * latents + sigma * noise}. */
    INDArray noisy(TrainingBatch batch) {
        return schedule.addNoise(batch.latents(), batch.inputNoise(), batch.timesteps());
    }

    /** What it should predict from them. */
    INDArray target(TrainingBatch batch) {
        return switch (prediction) {
            case EPSILON -> batch.noise();
            case V_PREDICTION -> schedule.velocity(batch.latents(), batch.noise(), batch.timesteps());
            case SAMPLE -> batch.latents();
        };
    }

    /** The weight of a time step. */
    double weight(int timestep) {
        if (minSnrGamma == null) {
            return 1;
        }
        double signal = schedule.alphaCumprod(timestep);
        double ratio = signal / (1 - signal);
        double limited = Math.min(ratio, minSnrGamma);
        return switch (prediction) {
            case EPSILON -> limited / ratio;
            case V_PREDICTION -> limited / (ratio + 1);
            case SAMPLE -> limited;
        };
    }
}
