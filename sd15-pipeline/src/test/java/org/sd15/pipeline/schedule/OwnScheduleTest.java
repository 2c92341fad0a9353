package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Given timesteps and sigmas, churn: what is refused, and what a request sees. Numbers are SchedulerRunsTest's. */
class OwnScheduleTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();
    private static final EulerDiscreteScheduler EULER = new EulerDiscreteScheduler(SD15);

    @Test
    void aRunHasTheStepsThatAreGivenAndMaySkipSome() {
        Scheduler scheduler = EULER.withTimesteps(List.of(999.0, 500.5, 10.0));
        Sampler sampler = scheduler.sampler(3, 1);
        assertThat(sampler.calls()).isEqualTo(2);
        assertThat(sampler.timestep(0)).isEqualTo(500.5);
        assertThat(scheduler.config()).isEqualTo(SD15);
        assertThatThrownBy(() -> scheduler.sampler(50))
                .hasMessage(
                        "50 steps of which 0 are skipped: the given schedule has 3; ask for as many, and leave one");
        assertThatThrownBy(() -> scheduler.sampler(3, 3)).hasMessageContaining("leave one");
    }

    @Test
    void aRunOverSigmasEndsOnTheLastOfThem() {
        Scheduler scheduler = EULER.withSigmas(List.of(8.0, 2.0, 0.5));
        Sampler sampler = scheduler.sampler(2);
        assertThat(sampler.calls()).isEqualTo(2);
        assertThat(sampler.level(1).ratio()).isCloseTo(2, within(1e-12));
        assertThat(sampler.initNoiseSigma()).isCloseTo(8, within(1e-12));
        assertThatThrownBy(() -> scheduler.sampler(3)).hasMessageContaining("the given schedule has 2");
    }

    @Test
    void refusesSchedulesThatDoNotDescend() {
        assertThatThrownBy(() -> EULER.withTimesteps(List.of(10.0, 10.0)))
                .hasMessage("timesteps must descend within 999 to 0, got [10.0, 10.0]");
        assertThatThrownBy(() -> EULER.withTimesteps(List.of(1000.0))).hasMessageContaining("within 999 to 0");
        assertThatThrownBy(() -> EULER.withTimesteps(List.of(5.0, -1.0))).hasMessageContaining("within 999 to 0");
        assertThatThrownBy(() -> EULER.withTimesteps(List.of(Double.NaN))).hasMessageContaining("within 999 to 0");
        assertThatThrownBy(() -> EULER.withTimesteps(List.of())).hasMessageStartingWith("there is no timestep");
        assertThatThrownBy(() -> EULER.withSigmas(List.of(1.0, 2.0))).hasMessageStartingWith("sigmas must descend");
        assertThatThrownBy(() -> EULER.withSigmas(List.of(1.0, -0.1))).hasMessageStartingWith("sigmas must descend");
        assertThatThrownBy(() -> EULER.withSigmas(List.of(1.0))).hasMessage("sigmas are [1.0]; a step has two ends");
    }

    /** As diffusers does. */
    @ParameterizedTest
    @CsvSource({
        "DPMSolverMultistepScheduler, LU, use_lu_lambdas",
        "DPMSolverSinglestepScheduler, BETA, use_beta_sigmas",
        "EulerDiscreteScheduler, EXPONENTIAL, use_exponential_sigmas",
        "HeunDiscreteScheduler, BETA, use_beta_sigmas"
    })
    void refusesTimestepsWhereLevelsAreSpread(String className, SigmaSpread spread, String key) {
        SchedulerConfig config = SD15.toBuilder().sigmaSpread(spread).build();
        TimestepsScheduler scheduler = (TimestepsScheduler) Schedulers.byClassName(className, config);
        assertThatThrownBy(() -> scheduler.withTimesteps(List.of(9.0)))
                .hasMessage("timesteps can't be given where the configuration spreads noise levels: unset " + key);
    }

    @ParameterizedTest
    @CsvSource({"DDPMScheduler", "LCMScheduler", "TCDScheduler", "DPMSolverMultistepScheduler"})
    void refusesFractionsWhereAClassHasWholeTimesteps(String className) {
        TimestepsScheduler scheduler = (TimestepsScheduler) Schedulers.byClassName(className, SD15);
        assertThatThrownBy(() -> scheduler.withTimesteps(List.of(9.5)))
                .hasMessage("timestep 9.5 is not a whole number, as this scheduler needs it");
    }

    @Test
    void churnDrawsNoiseOnlyWithinItsRange() {
        Sampler sampler = new EulerDiscreteScheduler(SD15, new Churn(5, 1, 5, 1)).sampler(10);
        for (int call = 0; call < 10; call++) {
            double sigma = sampler.level(call).ratio();
            assertThat(sampler.drawsNoise(call)).isEqualTo(sigma >= 1 && sigma <= 5);
        }
        assertThat(new EulerDiscreteScheduler(SD15, new Churn(0)).sampler(10).drawsNoise(3))
                .isFalse();
        assertThatThrownBy(() -> new Churn(-1)).hasMessageStartingWith("churn -1.0 from 0.0");
        assertThatThrownBy(() -> new Churn(1, 2, 1, 1)).hasMessageContaining("the range must not be empty");
    }

    @Test
    void refusesAnEtaOutsideOfItsRange() {
        assertThatThrownBy(() -> new TcdScheduler(SD15, 1.5)).hasMessage("eta is 1.5, must be from 0 to 1");
    }

    @Test
    void theNewSolversRefuseWhatTheyCannotDo() {
        SchedulerConfig fourth = SD15.toBuilder().solverOrder(4).build();
        for (String name : List.of("DPMSolverSinglestepScheduler", "DEISMultistepScheduler")) {
            assertThatThrownBy(() -> Schedulers.byClassName(name, fourth))
                    .hasMessage("solver_order is 4, must be from 1 to 3");
        }
        SchedulerConfig pictures =
                SD15.toBuilder().predictionType(PredictionType.SAMPLE).build();
        for (String name : List.of("dpm2", "dpm2-a", "dpm++sde")) {
            assertThatThrownBy(() -> Schedulers.byName(name, pictures))
                    .hasMessageEndingWith("knows prediction_type epsilon and v_prediction, not sample");
        }
        SchedulerConfig noisy = SD15.toBuilder()
                .algorithmType(SchedulerConfig.AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS)
                .build();
        assertThatThrownBy(() -> new DpmSolverMultistepInverseScheduler(noisy))
                .hasMessageStartingWith("algorithm_type sde-dpmsolver++ adds noise and can't be inverted");
        SchedulerConfig betas = SD15.toBuilder()
                .numTrainTimesteps(2)
                .trainedBetas(List.of(0.1, 0.2))
                .build();
        assertThatThrownBy(() -> new IpndmScheduler(betas)).hasMessageContaining("trained_betas must not be set");
    }
}
