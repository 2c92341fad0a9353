package org.sd15.pipeline.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.SchedulerConfig.VarianceType;

/** Collects a {@link SchedulerConfig}; what is not set stays null. */
public final class SchedulerConfigBuilder {

    private @Nullable Integer numTrainTimesteps;
    private @Nullable Double betaStart;
    private @Nullable Double betaEnd;
    private @Nullable BetaSchedule betaSchedule;
    private @Nullable List<Double> trainedBetas;
    private @Nullable PredictionType predictionType;
    private @Nullable TimestepSpacing timestepSpacing;
    private @Nullable Integer stepsOffset;
    private @Nullable Boolean setAlphaToOne;
    private @Nullable Boolean rescaleBetasZeroSnr;
    private @Nullable Boolean clipSample;
    private @Nullable Boolean thresholding;
    private @Nullable Boolean skipPrkSteps;
    private @Nullable Boolean useKarrasSigmas;
    private @Nullable FinalSigmasType finalSigmasType;
    private @Nullable Integer solverOrder;
    private @Nullable AlgorithmType algorithmType;
    private @Nullable SolverType solverType;
    private @Nullable Boolean lowerOrderFinal;
    private @Nullable Boolean eulerAtFinal;
    private @Nullable VarianceType varianceType;
    private @Nullable Integer originalInferenceSteps;
    private @Nullable Double timestepScaling;
    private @Nullable SigmaSpread sigmaSpread;
    private @Nullable StochasticSettings stochastic;

    SchedulerConfigBuilder() {}

    SchedulerConfigBuilder(SchedulerConfig config) {
        numTrainTimesteps = config.numTrainTimesteps();
        betaStart = config.betaStart();
        betaEnd = config.betaEnd();
        betaSchedule = config.betaSchedule();
        trainedBetas = config.trainedBetas();
        predictionType = config.predictionType();
        timestepSpacing = config.timestepSpacing();
        stepsOffset = config.stepsOffset();
        setAlphaToOne = config.setAlphaToOne();
        rescaleBetasZeroSnr = config.rescaleBetasZeroSnr();
        clipSample = config.clipSample();
        thresholding = config.thresholding();
        skipPrkSteps = config.skipPrkSteps();
        useKarrasSigmas = config.useKarrasSigmas();
        finalSigmasType = config.finalSigmasType();
        solverOrder = config.solverOrder();
        algorithmType = config.algorithmType();
        solverType = config.solverType();
        lowerOrderFinal = config.lowerOrderFinal();
        eulerAtFinal = config.eulerAtFinal();
        varianceType = config.varianceType();
        originalInferenceSteps = config.originalInferenceSteps();
        timestepScaling = config.timestepScaling();
        sigmaSpread = config.sigmaSpread();
        stochastic = config.stochastic();
    }

    /** Sets {@code num_train_timesteps}; null takes it back. */
    public SchedulerConfigBuilder numTrainTimesteps(@Nullable Integer said) {
        numTrainTimesteps = said;
        return this;
    }

    /** Sets {@code beta_start}; null takes it back. */
    public SchedulerConfigBuilder betaStart(@Nullable Double said) {
        betaStart = said;
        return this;
    }

    /** Sets {@code beta_end}; null takes it back. */
    public SchedulerConfigBuilder betaEnd(@Nullable Double said) {
        betaEnd = said;
        return this;
    }

    /** Sets {@code beta_schedule}; null takes it back. */
    public SchedulerConfigBuilder betaSchedule(@Nullable BetaSchedule said) {
        betaSchedule = said;
        return this;
    }

    /** Sets {@code trained_betas}; null takes it back. */
    public SchedulerConfigBuilder trainedBetas(@Nullable List<Double> said) {
        trainedBetas = said;
        return this;
    }

    /** Sets {@code prediction_type}; null takes it back. */
    public SchedulerConfigBuilder predictionType(@Nullable PredictionType said) {
        predictionType = said;
        return this;
    }

    /** Sets {@code timestep_spacing}; null takes it back. */
    public SchedulerConfigBuilder timestepSpacing(@Nullable TimestepSpacing said) {
        timestepSpacing = said;
        return this;
    }

    /** Sets {@code steps_offset}; null takes it back. */
    public SchedulerConfigBuilder stepsOffset(@Nullable Integer said) {
        stepsOffset = said;
        return this;
    }

    /** Sets {@code set_alpha_to_one}; null takes it back. */
    public SchedulerConfigBuilder setAlphaToOne(@Nullable Boolean said) {
        setAlphaToOne = said;
        return this;
    }

    /** Sets {@code rescale_betas_zero_snr}; null takes it back. */
    public SchedulerConfigBuilder rescaleBetasZeroSnr(@Nullable Boolean said) {
        rescaleBetasZeroSnr = said;
        return this;
    }

    /** Sets {@code clip_sample}; null takes it back. */
    public SchedulerConfigBuilder clipSample(@Nullable Boolean said) {
        clipSample = said;
        return this;
    }

    /** Sets {@code thresholding}; null takes it back. */
    public SchedulerConfigBuilder thresholding(@Nullable Boolean said) {
        thresholding = said;
        return this;
    }

    /** Sets {@code skip_prk_steps}; null takes it back. */
    public SchedulerConfigBuilder skipPrkSteps(@Nullable Boolean said) {
        skipPrkSteps = said;
        return this;
    }

    /** Sets {@code use_karras_sigmas}; null takes it back. */
    public SchedulerConfigBuilder useKarrasSigmas(@Nullable Boolean said) {
        useKarrasSigmas = said;
        return this;
    }

    /** Sets {@code final_sigmas_type}; null takes it back. */
    public SchedulerConfigBuilder finalSigmasType(@Nullable FinalSigmasType said) {
        finalSigmasType = said;
        return this;
    }

    /** Sets {@code solver_order}; null takes it back. */
    public SchedulerConfigBuilder solverOrder(@Nullable Integer said) {
        solverOrder = said;
        return this;
    }

    /** Sets {@code algorithm_type}; null takes it back. */
    public SchedulerConfigBuilder algorithmType(@Nullable AlgorithmType said) {
        algorithmType = said;
        return this;
    }

    /** Sets {@code solver_type}; null takes it back. */
    public SchedulerConfigBuilder solverType(@Nullable SolverType said) {
        solverType = said;
        return this;
    }

    /** Sets {@code lower_order_final}; null takes it back. */
    public SchedulerConfigBuilder lowerOrderFinal(@Nullable Boolean said) {
        lowerOrderFinal = said;
        return this;
    }

    /** Sets {@code euler_at_final}; null takes it back. */
    public SchedulerConfigBuilder eulerAtFinal(@Nullable Boolean said) {
        eulerAtFinal = said;
        return this;
    }

    /** Sets {@code variance_type}; null takes it back. */
    public SchedulerConfigBuilder varianceType(@Nullable VarianceType said) {
        varianceType = said;
        return this;
    }

    /** Sets {@code original_inference_steps}; null takes it back. */
    public SchedulerConfigBuilder originalInferenceSteps(@Nullable Integer said) {
        originalInferenceSteps = said;
        return this;
    }

    /** Sets {@code timestep_scaling}; null takes it back. */
    public SchedulerConfigBuilder timestepScaling(@Nullable Double said) {
        timestepScaling = said;
        return this;
    }

    /** Sets {@code use_exponential_sigmas} and its like; null takes it back. */
    public SchedulerConfigBuilder sigmaSpread(@Nullable SigmaSpread said) {
        sigmaSpread = said;
        return this;
    }

    /** Sets what only stochastic solvers know; null takes it back. */
    public SchedulerConfigBuilder stochastic(@Nullable StochasticSettings said) {
        stochastic = said;
        return this;
    }

    /** The configuration. */
    public SchedulerConfig build() {
        return new SchedulerConfig(
                numTrainTimesteps,
                betaStart,
                betaEnd,
                betaSchedule,
                trainedBetas,
                predictionType,
                timestepSpacing,
                stepsOffset,
                setAlphaToOne,
                rescaleBetasZeroSnr,
                clipSample,
                thresholding,
                skipPrkSteps,
                useKarrasSigmas,
                finalSigmasType,
                solverOrder,
                algorithmType,
                solverType,
                lowerOrderFinal,
                eulerAtFinal,
                varianceType,
                originalInferenceSteps,
                timestepScaling,
                sigmaSpread,
                stochastic);
    }
}
