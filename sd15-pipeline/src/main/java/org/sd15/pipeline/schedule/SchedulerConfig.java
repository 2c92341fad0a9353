package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.unet.ConfigRange;

/**
 * What {@code scheduler_config.json} says, under diffusers' keys. Every component may be null, which is unset: then the
 * class that reads it takes its own default, as diffusers' {@code from_config} does, and these defaults differ from
 * class to class. A class ignores keys that are not its own. Immutable; made by {@link #sd15()} or a {@link
 * #builder()}.
 *
 * @param numTrainTimesteps timesteps of the training (default 1000)
 * @param betaStart variance at the first timestep (default 0.0001, in some classes 0.00085)
 * @param betaEnd variance at the last timestep (default 0.02, in the same 0.012)
 * @param betaSchedule how the variance grows between the two (default linear, with LCM and TCD scaled_linear)
 * @param trainedBetas the variances themselves, instead of the three before
 * @param predictionType what the model predicts (default epsilon)
 * @param timestepSpacing how a run's timesteps are spread over those of the training (default leading with DDIM, DDPM
 *     and PNDM, linspace with the others)
 * @param stepsOffset added to the timesteps of leading spacing (default 0)
 * @param setAlphaToOne whether the step from the first timestep on goes to the picture without noise rather than
 *     to the level of timestep 0 (default true with DDIM, false with PNDM)
 * @param rescaleBetasZeroSnr whether the schedule is rescaled to end in pure noise (default false)
 * @param clipSample must not be true: latents have no bounds to clip to. Unset is false, in every class
 * @param thresholding must not be true, for the same reason
 * @param skipPrkSteps whether PNDM leaves out its Runge-Kutta steps (default false)
 * @param useKarrasSigmas whether noise levels follow T. Karras et al., 2022, equation 5 (default false)
 * @param finalSigmasType where the last step ends (default zero)
 * @param solverOrder order of DPM-Solver, DEIS and UniPC (default 2)
 * @param algorithmType form of DPM-Solver (default dpmsolver++)
 * @param solverType variant of DPM-Solver (default midpoint) or UniPC (default bh2)
 * @param lowerOrderFinal whether few steps end with a lower order (default true, with singlestep false)
 * @param eulerAtFinal whether DPM-Solver's last step is of order 1 (default false)
 * @param varianceType noise of DDPM's steps (default fixed_small)
 * @param originalInferenceSteps steps of the schedule that LCM and TCD were distilled on (default 50)
 * @param timestepScaling LCM's scaling of timesteps in its boundary condition (default 10)
 * @param sigmaSpread what use_exponential_sigmas, use_beta_sigmas or use_lu_lambdas ask for (default none of them)
 * @param stochastic what only SA-Solver and DPM-Solver SDE know
 */
public record SchedulerConfig(
        @Nullable Integer numTrainTimesteps,
        @Nullable Double betaStart,
        @Nullable Double betaEnd,
        @Nullable BetaSchedule betaSchedule,
        @Nullable List<Double> trainedBetas,
        @Nullable PredictionType predictionType,
        @Nullable TimestepSpacing timestepSpacing,
        @Nullable Integer stepsOffset,
        @Nullable Boolean setAlphaToOne,
        @Nullable Boolean rescaleBetasZeroSnr,
        @Nullable Boolean clipSample,
        @Nullable Boolean thresholding,
        @Nullable Boolean skipPrkSteps,
        @Nullable Boolean useKarrasSigmas,
        @Nullable FinalSigmasType finalSigmasType,
        @Nullable Integer solverOrder,
        @Nullable AlgorithmType algorithmType,
        @Nullable SolverType solverType,
        @Nullable Boolean lowerOrderFinal,
        @Nullable Boolean eulerAtFinal,
        @Nullable VarianceType varianceType,
        @Nullable Integer originalInferenceSteps,
        @Nullable Double timestepScaling,
        @Nullable SigmaSpread sigmaSpread,
        @Nullable StochasticSettings stochastic) {

    private static final int USUAL_TIMESTEPS = 1000;

    /** Timesteps of a table at most; every model in use was trained with a thousand. */
    private static final int MOST_TIMESTEPS = 100_000;

    private static final ConfigRange TIMESTEPS = new ConfigRange("num_train_timesteps", 1, MOST_TIMESTEPS);
    private static final ConfigRange TRAINED_BETAS =
            new ConfigRange("the number of values of trained_betas", 1, MOST_TIMESTEPS);
    private static final ConfigRange BETA_START = new ConfigRange("beta_start", 0, 1);
    private static final ConfigRange BETA_END = new ConfigRange("beta_end", 0, 1);
    private static final ConfigRange OFFSET = new ConfigRange("steps_offset", 0, MOST_TIMESTEPS);
    private static final ConfigRange ORIGINAL_STEPS = new ConfigRange("original_inference_steps", 1, MOST_TIMESTEPS);
    private static final ConfigRange TIMESTEP_SCALING = new ConfigRange("timestep_scaling", 1e-6, 1e6);

    /** How the timesteps of a run are spread (S. Lin et al., 2023, table 2), spelt as in diffusers. */
    public enum TimestepSpacing implements Spelled {
        /** Multiples of a whole number, from 0 up. */
        LEADING,
        /** From the first timestep to the last. */
        LINSPACE,
        /** Multiples of a fraction, from the last timestep down. */
        TRAILING;

        /** The constant of a {@code timestep_spacing}. */
        public static TimestepSpacing of(String spelling) {
            return Spelled.of(TimestepSpacing.class, "timestep_spacing", spelling);
        }
    }

    /** Where the last step ends, spelt as in diffusers. */
    public enum FinalSigmasType implements Spelled {
        /** Without noise. */
        ZERO,
        /** At the noise of timestep 0. */
        SIGMA_MIN;

        /** The constant of a {@code final_sigmas_type}. */
        public static FinalSigmasType of(String spelling) {
            return Spelled.of(FinalSigmasType.class, "final_sigmas_type", spelling);
        }
    }

    /** The forms of DPM-Solver, spelt as in diffusers. */
    public enum AlgorithmType implements Spelled {
        /** The integral of the predicted noise (C. Lu et al., "DPM-Solver", 2022). */
        DPMSOLVER,
        /** The integral of the predicted picture (C. Lu et al., "DPM-Solver++", 2022). */
        DPMSOLVER_PLUS_PLUS,
        /** That of the noise with noise added at every step. */
        SDE_DPMSOLVER,
        /** That of the picture with noise added at every step. */
        SDE_DPMSOLVER_PLUS_PLUS;

        @Override
        public String spelling() {
            return Spelled.super.spelling().replace("_plus_plus", "++").replace('_', '-');
        }

        /** The constant of an {@code algorithm_type}. */
        public static AlgorithmType of(String spelling) {
            return Spelled.of(AlgorithmType.class, "algorithm_type", spelling);
        }
    }

    /** The variants of the solvers, spelt as in diffusers. */
    public enum SolverType implements Spelled {
        /** DPM-Solver with the midpoint rule. */
        MIDPOINT,
        /** DPM-Solver with Heun's rule. */
        HEUN,
        /** UniPC with B(h) = h. */
        BH1,
        /** UniPC with B(h) = exp(h) - 1. */
        BH2;

        /** The constant of a {@code solver_type}. */
        public static SolverType of(String spelling) {
            return Spelled.of(SolverType.class, "solver_type", spelling);
        }
    }

    /** The variance of DDPM's steps, spelt as in diffusers. */
    public enum VarianceType implements Spelled {
        /** That of the posterior, the lower bound. */
        FIXED_SMALL,
        /** Beta, the upper bound. */
        FIXED_LARGE;

        /** The constant of a {@code variance_type}. */
        public static VarianceType of(String spelling) {
            return Spelled.of(VarianceType.class, "variance_type", spelling);
        }
    }

    /** Checks what can be checked without knowing the class. */
    public SchedulerConfig {
        trainedBetas = trainedBetas == null ? null : List.copyOf(trainedBetas);
        TIMESTEPS.require(requireNonNullElse(numTrainTimesteps, USUAL_TIMESTEPS));
        TRAINED_BETAS.require(trainedBetas == null ? USUAL_TIMESTEPS : trainedBetas.size());
        require(BETA_START, betaStart);
        require(BETA_END, betaEnd);
        require(OFFSET, stepsOffset);
        require(ORIGINAL_STEPS, originalInferenceSteps);
        require(TIMESTEP_SCALING, timestepScaling);
        if (numTrainTimesteps != null && trainedBetas != null && trainedBetas.size() != numTrainTimesteps) {
            throw new IllegalArgumentException(
                    "trained_betas has %d values, num_train_timesteps is %d: they must be equal"
                            .formatted(trainedBetas.size(), numTrainTimesteps));
        }
    }

    private static void require(ConfigRange range, @Nullable Number said) {
        if (said != null) {
            range.require(said.doubleValue());
        }
    }

    /** What the configuration of Stable Diffusion 1.4 and 1.5 says, the class name aside. */
    public static SchedulerConfig sd15() {
        return builder()
                .numTrainTimesteps(USUAL_TIMESTEPS)
                .betaStart(0.00085)
                .betaEnd(0.012)
                .betaSchedule(BetaSchedule.SCALED_LINEAR)
                .stepsOffset(1)
                .setAlphaToOne(false)
                .clipSample(false)
                .skipPrkSteps(true)
                .build();
    }

    /** A configuration that says nothing yet. */
    public static SchedulerConfigBuilder builder() {
        return new SchedulerConfigBuilder();
    }

    /** A builder that starts from what this configuration says. */
    public SchedulerConfigBuilder toBuilder() {
        return new SchedulerConfigBuilder(this);
    }

    /** The number of training timesteps. */
    int trainTimesteps() {
        return trainedBetas != null ? trainedBetas.size() : requireNonNullElse(numTrainTimesteps, USUAL_TIMESTEPS);
    }

    /** What the model predicts. */
    public PredictionType prediction() {
        return requireNonNullElse(predictionType, PredictionType.EPSILON);
    }

    /** Whether a key is set and true. */
    static boolean isTrue(@Nullable Boolean said) {
        return said != null && said;
    }

    /** Refuses {@code clip_sample}; for the classes that know it. */
    void refuseClipping() {
        refuse("clip_sample", clipSample);
    }

    /** Refuses {@code thresholding}; for the classes that know it. */
    void refuseThresholding() {
        refuse("thresholding", thresholding);
    }

    /** Refuses a model that predicts pictures; for the classes that can't continue from those. */
    void refuseSamplePrediction(String className) {
        if (prediction() == PredictionType.SAMPLE) {
            throw new IllegalArgumentException(
                    className + " knows prediction_type epsilon and v_prediction, not sample");
        }
    }

    private static void refuse(String key, @Nullable Boolean said) {
        if (isTrue(said)) {
            throw new IllegalArgumentException(
                    "%s is true, which is meant for pixels: latents have no bounds; set it to false".formatted(key));
        }
    }
}
