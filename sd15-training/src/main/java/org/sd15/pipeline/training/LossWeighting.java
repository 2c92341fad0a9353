package org.sd15.pipeline.training;

import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;

/** How much the error of a picture counts, by the noise that was on it. */
public sealed interface LossWeighting {

    /** All time steps count the same. */
    LossWeighting EVEN = new Even();

    /**
     * The weight of a time step.
     *
     * @param prediction what the error is an error of
     */
    double of(NoiseSchedule schedule, PredictionType prediction, int timestep);

    /** Signal over noise, both as power. */
    private static double ratio(NoiseSchedule schedule, int timestep) {
        double signal = schedule.alphaCumprod(timestep);
        return signal / (1 - signal);
    }

    /** All time steps count the same. */
    record Even() implements LossWeighting {

        @Override
        public double of(NoiseSchedule schedule, PredictionType prediction, int timestep) {
            return 1;
        }
    }

    /**
     * Min-SNR: the error of the picture itself, at a signal-to-noise ratio that is limited.
     *
     * @param gamma the limit; 5 is usual
     * @see <a href="https://arxiv.org/abs/2303.09556">Hang et al., Efficient Diffusion Training via Min-SNR Weighting
     *     Strategy</a>
     */
    record MinSnr(double gamma) implements LossWeighting {

        /** Checks the limit. */
        public MinSnr {
            if (!(gamma > 0)) {
                throw new IllegalArgumentException("min-SNR gamma is %s, must be positive".formatted(gamma));
            }
        }

        @Override
        public double of(NoiseSchedule schedule, PredictionType prediction, int timestep) {
            double ratio = ratio(schedule, timestep);
            double limited = Math.min(ratio, gamma);
            return switch (prediction) {
                case EPSILON -> limited / ratio;
                case V_PREDICTION -> limited / (ratio + 1);
                case SAMPLE -> limited;
            };
        }
    }

    /**
     * Noise over signal, from 1 up to a limit, divided by the mean over all time steps. The plain error of the noise
     * hardly sees what is decided where there is almost nothing but noise, that is colour and place: a model that is
     * trained from nothing learns them late without this.
     *
     * @param most the limit; 20 is a start
     */
    record HighNoise(double most) implements LossWeighting {

        /** Checks the limit. */
        public HighNoise {
            if (!(most >= 1)) {
                throw new IllegalArgumentException(
                        "high noise counts %s times as much, must be at least 1".formatted(most));
            }
        }

        @Override
        public double of(NoiseSchedule schedule, PredictionType prediction, int timestep) {
            double sum = 0;
            for (int t = 0; t < schedule.timesteps(); t++) {
                sum += plain(schedule, t);
            }
            return plain(schedule, timestep) * schedule.timesteps() / sum;
        }

        private double plain(NoiseSchedule schedule, int timestep) {
            return Math.min(most, Math.max(1, 1 / ratio(schedule, timestep)));
        }
    }
}
