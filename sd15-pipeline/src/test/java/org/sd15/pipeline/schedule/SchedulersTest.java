package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.SchedulerConfig.VarianceType;

class SchedulersTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();

    @Test
    void aNameOverridesTheConfiguration() {
        SchedulerConfig config = SD15.toBuilder()
                .useKarrasSigmas(true)
                .solverOrder(3)
                .algorithmType(AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS)
                .build();
        assertThat(Schedulers.byName("dpm++2m", config).config())
                .isEqualTo(Schedulers.byName("dpm++2m", SD15).config());
        assertThat(Schedulers.byName("dpm++2m", SD15)).isEqualTo(Schedulers.byName("dpm++2m", config));
        assertThat(Schedulers.byName("euler", config).config()).isEqualTo(config);
    }

    /**
     * A PNDM configuration says nothing of clipping, and DDIM's own default in diffusers is to clip. Latents are never.
     */
    @Test
    void doesNotClipWhereNothingIsSaid() {
        SchedulerConfig silent = SD15.toBuilder().clipSample(null).build();
        assertThat(new DdimScheduler(silent).sampler(10).calls()).isEqualTo(10);
    }

    static Stream<Arguments> refused() {
        SchedulerConfig clipping = SD15.toBuilder().clipSample(true).build();
        SchedulerConfig thresholding = SD15.toBuilder().thresholding(true).build();
        SchedulerConfig sample =
                SD15.toBuilder().predictionType(PredictionType.SAMPLE).build();
        String clip = "clip_sample is true, which is meant for pixels: latents have no bounds; set it to false";
        String threshold = "thresholding is true, which is meant for pixels: latents have no bounds; set it to false";
        String order = "solver_order is 4, must be from 1 to 3";
        SchedulerConfig fourth = SD15.toBuilder().solverOrder(4).build();
        return Stream.of(
                Arguments.of("DDIMScheduler", clipping, clip),
                Arguments.of("DDIMInverseScheduler", clipping, clip),
                Arguments.of("DDPMScheduler", clipping, clip),
                Arguments.of("HeunDiscreteScheduler", clipping, clip),
                Arguments.of("LCMScheduler", clipping, clip),
                Arguments.of("DDIMScheduler", thresholding, threshold),
                Arguments.of("DDPMScheduler", thresholding, threshold),
                Arguments.of("LCMScheduler", thresholding, threshold),
                Arguments.of("DPMSolverMultistepScheduler", thresholding, threshold),
                Arguments.of("UniPCMultistepScheduler", thresholding, threshold),
                Arguments.of(
                        "PNDMScheduler",
                        sample,
                        "PNDMScheduler knows prediction_type epsilon and v_prediction, not sample"),
                Arguments.of(
                        "EulerAncestralDiscreteScheduler",
                        sample,
                        "EulerAncestralDiscreteScheduler knows prediction_type epsilon and v_prediction, not sample"),
                Arguments.of("DPMSolverMultistepScheduler", fourth, order + " for algorithm_type dpmsolver++"),
                Arguments.of(
                        "DPMSolverMultistepScheduler",
                        SD15.toBuilder().solverOrder(0).build(),
                        "solver_order is 0"),
                Arguments.of(
                        "DPMSolverMultistepScheduler",
                        SD15.toBuilder()
                                .solverOrder(3)
                                .algorithmType(AlgorithmType.SDE_DPMSOLVER)
                                .finalSigmasType(FinalSigmasType.SIGMA_MIN)
                                .build(),
                        "solver_order is 3, must be from 1 to 2 for algorithm_type sde-dpmsolver"),
                Arguments.of(
                        "DPMSolverMultistepScheduler",
                        SD15.toBuilder().algorithmType(AlgorithmType.DPMSOLVER).build(),
                        "algorithm_type dpmsolver cannot end without noise; set final_sigmas_type to sigma_min"),
                Arguments.of("UniPCMultistepScheduler", fourth, order),
                Arguments.of(
                        "UniPCMultistepScheduler",
                        SD15.toBuilder().lowerOrderFinal(false).build(),
                        "lower_order_final is false: only order 1 ends without noise"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatItCannotDo(String className, SchedulerConfig config, String message) {
        assertThatThrownBy(() -> Schedulers.byClassName(className, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    /** As in diffusers, where a key of another class is no concern. */
    @ParameterizedTest
    @CsvSource({"PNDMScheduler", "EulerDiscreteScheduler", "LMSDiscreteScheduler", "DPMSolverMultistepScheduler"})
    void ignoresTheKeysOfOtherClasses(String className) {
        SchedulerConfig config = SD15.toBuilder().clipSample(true).build();
        assertThatCode(() -> Schedulers.byClassName(className, config).sampler(10))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesAnEtaOutsideOfItsRange() {
        assertThatThrownBy(() -> new DdimScheduler(SD15, 1.5)).hasMessage("eta is 1.5, must be from 0 to 1");
        assertThatThrownBy(() -> new DdimScheduler(SD15, -0.1)).hasMessage("eta is -0.1, must be from 0 to 1");
        assertThatThrownBy(() -> new DdimScheduler(SD15, Double.NaN)).hasMessageStartingWith("eta is NaN");
    }

    @Test
    void refusesMoreStepsThanAConsistencyModelKnows() {
        assertThatThrownBy(() -> new LcmScheduler(SD15).sampler(51))
                .hasMessageStartingWith("51 steps of which 0 are skipped; from 1 to 50 (original_inference_steps)");
        assertThatThrownBy(() -> new LcmScheduler(SD15).sampler(4, 4)).hasMessageContaining("one must be left");
        SchedulerConfig longer = SD15.toBuilder().originalInferenceSteps(100).build();
        assertThat(new LcmScheduler(longer).sampler(51).calls()).isEqualTo(51);
        SchedulerConfig impossible =
                SD15.toBuilder().originalInferenceSteps(2000).build();
        assertThatThrownBy(() -> new LcmScheduler(impossible).sampler(4))
                .hasMessage("original_inference_steps is 2000, must be from 1 to 1000");
    }

    /** Where the model says samples: at no noise there is nothing to divide by. */
    @Test
    void refusesToTellTheNoiseWhereThereIsNone() {
        SchedulerConfig config = SD15.toBuilder()
                .predictionType(PredictionType.SAMPLE)
                .setAlphaToOne(true)
                .build();
        assertThatThrownBy(() -> new DdimInverseScheduler(config).sampler(10))
                .hasMessage(
                        "a model of prediction_type sample says nothing where there is no noise, as set_alpha_to_one"
                                + " has it before the first timestep");
    }

    @Test
    void readsAndWritesTheSpellingsOfDiffusers() {
        assertThat(AlgorithmType.of("sde-dpmsolver++")).isEqualTo(AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS);
        assertThat(AlgorithmType.of("dpmsolver")).isEqualTo(AlgorithmType.DPMSOLVER);
        assertThat(BetaSchedule.of("squaredcos_cap_v2")).isEqualTo(BetaSchedule.SQUAREDCOS_CAP_V2);
        assertThat(PredictionType.of("v_prediction")).isEqualTo(PredictionType.V_PREDICTION);
        assertThat(TimestepSpacing.of("trailing")).isEqualTo(TimestepSpacing.TRAILING);
        assertThat(FinalSigmasType.of("sigma_min")).isEqualTo(FinalSigmasType.SIGMA_MIN);
        assertThat(SolverType.of("bh1")).isEqualTo(SolverType.BH1);
        assertThat(VarianceType.of("fixed_large")).isEqualTo(VarianceType.FIXED_LARGE);
        assertThatThrownBy(() -> VarianceType.of("learned_range"))
                .hasMessage("variance_type is \"learned_range\"; known are fixed_small, fixed_large");
    }

    @Test
    void refusesContradictions() {
        assertThatThrownBy(
                        () -> SD15.toBuilder().trainedBetas(List.of(0.1, 0.2)).build())
                .hasMessage("trained_betas has 2 values, num_train_timesteps is 1000: they must be equal");
        assertThatThrownBy(() -> SD15.toBuilder().numTrainTimesteps(0).build())
                .hasMessage("num_train_timesteps is 0, must be from 1 to 100000");
    }

    @Test
    void aBuilderKeepsWhatTheConfigurationSays() {
        SchedulerConfig full = new SchedulerConfig(
                2,
                0.1,
                0.2,
                BetaSchedule.LINEAR,
                List.of(0.1, 0.2),
                PredictionType.SAMPLE,
                TimestepSpacing.TRAILING,
                3,
                true,
                false,
                true,
                false,
                true,
                false,
                FinalSigmasType.SIGMA_MIN,
                3,
                AlgorithmType.DPMSOLVER,
                SolverType.BH1,
                false,
                true,
                VarianceType.FIXED_LARGE,
                40,
                11.0,
                SigmaSpread.LU,
                new StochasticSettings(3, 4, true, 5L));
        assertThat(full.toBuilder().build()).isEqualTo(full);
    }
}
