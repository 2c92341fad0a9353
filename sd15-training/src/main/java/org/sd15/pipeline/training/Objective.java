package org.sd15.pipeline.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;

/**
 * What the model should predict, and how much each time step counts.
 *
 * @param schedule the noise of every time step
 * @param prediction noise, velocity or picture
 * @param weighting how much each time step counts
 */
public record Objective(NoiseSchedule schedule, PredictionType prediction, LossWeighting weighting) {

    /** The noisy latents that the model is given, {@code alpha * latents + sigma * noise}. */
    public INDArray noisy(TrainingBatch batch) {
        return schedule.addNoise(batch.latents(), batch.inputNoise(), batch.timesteps());
    }

    /** What it should predict from them. */
    public INDArray target(TrainingBatch batch) {
        return switch (prediction) {
            case EPSILON -> batch.noise();
            case V_PREDICTION -> schedule.velocity(batch.latents(), batch.noise(), batch.timesteps());
            case SAMPLE -> batch.latents();
        };
    }

    /** The weight of a time step. */
    double weight(int timestep) {
        return weighting.of(schedule, prediction, timestep);
    }
}
