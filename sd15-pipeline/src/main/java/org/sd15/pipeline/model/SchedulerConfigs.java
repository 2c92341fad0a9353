package org.sd15.pipeline.model;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.config.ConfigReader;
import org.sd15.pipeline.schedule.BetaSchedule;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.SchedulerConfig.VarianceType;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.schedule.StochasticSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code scheduler_config.json} as diffusers' pipeline of Stable Diffusion reads it: every class writes all its
 * arguments and those of the class that it was made from, and reads its own. An argument that the class has, with a value
 * that is not implemented, is refused; one that it doesn't have changes nothing. For other classes see {@link
 * ForeignSchedulers}.
 *
 * @see "diffusers 0.42.1, src/diffusers/pipelines/stable_diffusion/pipeline_stable_diffusion.py, for what it corrects"
 */
final class SchedulerConfigs {

    private static final Logger LOG = LoggerFactory.getLogger(SchedulerConfigs.class);

    private static final String PNDM = "PNDMScheduler";
    private static final String DDPM = "DDPMScheduler";
    private static final String EULER = "EulerDiscreteScheduler";
    private static final String DPM = "DPMSolverMultistepScheduler";
    private static final String INVERSE = "DPMSolverMultistepInverseScheduler";
    private static final String SINGLESTEP = "DPMSolverSinglestepScheduler";
    private static final String DEIS = "DEISMultistepScheduler";
    private static final String UNIPC = "UniPCMultistepScheduler";
    private static final String SA = "SASolverScheduler";

    /** Classes that leave out levels below lambda_min_clipped, and split off a variance that the model predicts. */
    private static final List<String> CLIPPING = List.of(DPM, INVERSE, SINGLESTEP, SA);

    /** Classes whose last step ends where final_sigmas_type says. */
    private static final List<String> ENDING = List.of(EULER, DPM, SINGLESTEP, UNIPC);

    /** An argument, the classes that have it, and its values that are implemented, the default first. */
    private record Argument(String key, List<String> classes, Object... implemented) {

        void declare(ConfigReader config, String className) {
            if (config.has(key) && classes.contains(className)) {
                config.only(key, implemented);
            } else {
                config.irrelevant(key);
            }
        }
    }

    private static final List<Argument> ARGUMENTS = List.of(
            new Argument("interpolation_type", List.of(EULER), "linear"),
            new Argument("timestep_type", List.of(EULER), "discrete"),
            new Argument("use_flow_sigmas", List.of(DPM, INVERSE, SINGLESTEP, DEIS, UNIPC, SA), false),
            new Argument("predict_x0", List.of(UNIPC), true));

    /** Settings of features that are refused, or corrected, where they are switched on. */
    private static final String[] PARTS_OF_OTHERS = {
        "clip_sample_range",
        "sample_max_value",
        "dynamic_thresholding_ratio",
        "flow_shift",
        "shift_terminal",
        "time_shift_type",
        "use_dynamic_shifting"
    };

    private SchedulerConfigs() {}

    /**
     * The class and its settings.
     *
     * @throws org.sd15.importer.io.ImportException if they ask for what is not implemented; the message has every key
     */
    static Scheduler read(ConfigReader config) {
        String className = config.text("_class_name", PNDM);
        if (!Schedulers.classNames().contains(className)) {
            return ForeignSchedulers.familyDefault(config, className);
        }
        SchedulerConfig said = mended(config, className, settings(config, className));
        ARGUMENTS.forEach(argument -> argument.declare(config, className));
        SigmaKeys.declare(config, className, said);
        config.irrelevant(PARTS_OF_OTHERS);
        config.irrelevant("solver_p", "lambda_min_clipped", "disable_corrector", "tau_func");
        if (className.equals(SA)) {
            refuseIfSaid(config, "tau_func", "only null is supported");
        }
        if (className.equals(UNIPC)) {
            refuseIfSaid(config, "solver_p", "no other predictor is supported");
            if (!config.isEmptyList("disable_corrector")) {
                config.refuse("disable_corrector", "must be an empty list");
            }
        }
        config.finish();
        Scheduler scheduler = Schedulers.byClassName(className, said);
        NoiseSchedule schedule = scheduler.noiseSchedule(); // refuses variances that make no sense
        if (CLIPPING.contains(className)) {
            requireNothingClipped(config, schedule);
        }
        return scheduler;
    }

    private static SchedulerConfig settings(ConfigReader config, String className) {
        return SchedulerConfig.builder()
                .numTrainTimesteps(said(config, "num_train_timesteps", key -> config.integer(key, 0)))
                .betaStart(said(config, "beta_start", key -> config.number(key, 0)))
                .betaEnd(said(config, "beta_end", key -> config.number(key, 0)))
                .betaSchedule(said(config, "beta_schedule", key -> BetaSchedule.of(config.text(key, ""))))
                .trainedBetas(said(config, "trained_betas", key -> config.numbers(key, List.of())))
                .predictionType(said(config, "prediction_type", key -> PredictionType.of(config.text(key, ""))))
                .timestepSpacing(said(
                        config,
                        "timestep_spacing",
                        key -> own(!className.equals(SINGLESTEP), () -> TimestepSpacing.of(config.text(key, "")))))
                .stepsOffset(said(config, "steps_offset", key -> config.integer(key, 0)))
                .setAlphaToOne(said(config, "set_alpha_to_one", key -> config.flag(key, true)))
                .rescaleBetasZeroSnr(said(config, "rescale_betas_zero_snr", key -> config.flag(key, false)))
                .clipSample(said(config, "clip_sample", key -> config.flag(key, false)))
                .thresholding(said(config, "thresholding", key -> config.flag(key, false)))
                .skipPrkSteps(said(config, "skip_prk_steps", key -> config.flag(key, false)))
                .useKarrasSigmas(said(config, "use_karras_sigmas", key -> config.flag(key, false)))
                .finalSigmasType(said(
                        config,
                        "final_sigmas_type",
                        key -> own(ENDING.contains(className), () -> FinalSigmasType.of(config.text(key, "")))))
                .solverOrder(said(config, "solver_order", key -> config.integer(key, 2)))
                .algorithmType(said(config, "algorithm_type", key -> algorithm(config.text(key, ""))))
                .solverType(said(config, "solver_type", key -> solver(config.text(key, ""))))
                .lowerOrderFinal(said(config, "lower_order_final", key -> config.flag(key, true)))
                .eulerAtFinal(said(config, "euler_at_final", key -> config.flag(key, false)))
                .varianceType(said(config, "variance_type", key -> variance(config, className)))
                .originalInferenceSteps(said(config, "original_inference_steps", key -> config.integer(key, 50)))
                .timestepScaling(said(config, "timestep_scaling", key -> config.number(key, 10)))
                .sigmaSpread(SigmaKeys.spread(config, className))
                .stochastic(stochastic(config))
                .build();
    }

    private static StochasticSettings stochastic(ConfigReader config) {
        return new StochasticSettings(
                said(config, "predictor_order", key -> config.integer(key, 2)),
                said(config, "corrector_order", key -> config.integer(key, 2)),
                said(config, "algorithm_type", key -> config.text(key, "").equals("noise_prediction")),
                said(config, "noise_sampler_seed", key -> (long) config.number(key, 0)));
    }

    /** A constant; one that isn't known is of no concern to classes that don't have the key. */
    private static <T> @Nullable T own(boolean hasKey, Supplier<T> constant) {
        try {
            return constant.get();
        } catch (IllegalArgumentException unknown) {
            if (hasKey) {
                throw unknown;
            }
            return null;
        }
    }

    /** What DEIS and SA-Solver call their algorithms; DPM-Solver takes its own default for them. */
    private static @Nullable AlgorithmType algorithm(String spelling) {
        return List.of("deis", "data_prediction", "noise_prediction").contains(spelling)
                ? null
                : AlgorithmType.of(spelling);
    }

    /** What DEIS calls its only solver; the others take their own default for it, as they do for each other's. */
    private static @Nullable SolverType solver(String spelling) {
        return spelling.equals("logrho") ? null : SolverType.of(spelling);
    }

    /** DDPM's noise. In DPM-Solver the same key says that the model predicts a variance too, if it says "learned". */
    private static @Nullable VarianceType variance(ConfigReader config, String className) {
        String said = config.text("variance_type", "");
        if (CLIPPING.contains(className) && said.startsWith("learned")) {
            config.refuse("variance_type", "a variance that the model predicts is not supported");
        }
        return className.equals(DDPM) ? VarianceType.of(said) : null;
    }

    /**
     * Diffusers' pipeline corrects two settings that old models got wrong, with a warning; DPM-Solver singlestep corrects
     * one of its own, which another solver that is chosen instead could not do.
     */
    private static SchedulerConfig mended(ConfigReader config, String className, SchedulerConfig said) {
        SchedulerConfig mended = said;
        if (Boolean.TRUE.equals(said.clipSample())) {
            LOG.warn("{}: clip_sample is true, which is meant for pixels; it is taken for false", config.file());
            mended = mended.toBuilder().clipSample(false).build();
        }
        if (Objects.requireNonNullElse(said.stepsOffset(), 0) != 1) {
            if (said.stepsOffset() != null) {
                LOG.warn("{}: steps_offset is {}, in Stable Diffusion it is 1", config.file(), said.stepsOffset());
            }
            mended = mended.toBuilder().stepsOffset(1).build();
        }
        if (className.equals(SINGLESTEP) && said.finalSigmasType() != FinalSigmasType.SIGMA_MIN) {
            mended = mended.toBuilder().lowerOrderFinal(true).build();
        }
        return mended;
    }

    private static void refuseIfSaid(ConfigReader config, String key, String reason) {
        if (config.has(key)) {
            config.refuse(key, reason);
        }
    }

    /** Levels below a smallest logarithm are left out of a run; with the usual schedules there are none. */
    private static void requireNothingClipped(ConfigReader config, NoiseSchedule schedule) {
        double least = schedule.level(schedule.timesteps() - 1).lambda();
        if (!config.isAtMost("lambda_min_clipped", least)) {
            config.refuse("lambda_min_clipped", "must be %.3f at most, the least of this schedule".formatted(least));
            config.finish();
        }
    }

    private static <T> @Nullable T said(ConfigReader config, String key, Function<String, @Nullable T> read) {
        return config.has(key) ? read.apply(key) : null;
    }
}
