package org.sd15.pipeline.schedule;

import org.jspecify.annotations.Nullable;

/**
 * Settings of {@code scheduler_config.json} that only solvers of stochastic equations read. Every component may be null,
 * which is unset.
 *
 * @param predictorOrder order of SA-Solver's predictor, from 1 (default 2)
 * @param correctorOrder order of SA-Solver's corrector, from 1 (default 2)
 * @param noisePrediction whether SA-Solver integrates the predicted noise, {@code algorithm_type} noise_prediction
 *     (default false)
 * @param noiseSamplerSeed of the Brownian motion of DPM-Solver SDE (default drawn from the run's generator)
 */
public record StochasticSettings(
        @Nullable Integer predictorOrder,
        @Nullable Integer correctorOrder,
        @Nullable Boolean noisePrediction,
        @Nullable Long noiseSamplerSeed) {

    /** Nothing is set. */
    public static final StochasticSettings DEFAULT = new StochasticSettings(null, null, null, null);
}
