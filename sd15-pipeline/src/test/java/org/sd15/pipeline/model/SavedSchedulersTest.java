package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.PictureRandom;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.schedule.SigmaSpread;
import org.sd15.pipeline.schedule.StochasticSettings;

/**
 * Configurations of schedulers as diffusers 0.42.1 saves them, run as its pipeline runs them; made by
 * tools/reference/saved_schedulers.py.
 */
class SavedSchedulersTest {

    private static final Path REFERENCE = Path.of(
            System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/schedulers-saved/saved.json");

    @TempDir
    private Path folder;

    static Stream<Map.Entry<String, JsonNode>> saved() throws IOException {
        return new ObjectMapper().readTree(Files.readString(REFERENCE)).properties().stream();
    }

    @ParameterizedTest
    @MethodSource("saved")
    void eightStepsEndWhereDiffusersEnds(Map.Entry<String, JsonNode> run) throws IOException {
        Scheduler scheduler = read(run.getValue().get("config").asText());
        double[] ours = latents(scheduler.sampler(8)).data().asDouble();
        JsonNode theirs = run.getValue().get("latents");
        assertThat(ours).hasSize(theirs.size());
        for (int i = 0; i < ours.length; i++) {
            assertThat(ours[i]).as(run.getKey()).isCloseTo(theirs.get(i).asDouble(), within(2e-5));
        }
    }

    /** Whatever is saved, any other scheduler can be named instead. */
    @ParameterizedTest
    @MethodSource("saved")
    void anotherSchedulerReadsTheSameConfiguration(Map.Entry<String, JsonNode> run) throws IOException {
        Scheduler scheduler = read(run.getValue().get("config").asText());
        for (String name : Schedulers.names()) {
            assertThat(Schedulers.byName(name, scheduler.config()).sampler(8).calls())
                    .isGreaterThanOrEqualTo(8);
        }
    }

    private static INDArray latents(Sampler sampler) {
        TorchRandom random = new TorchRandom(7);
        INDArray x = random.randn(1, 4, 2, 2).mul(sampler.initNoiseSigma());
        NoiseSource noise = RunFactory.noise(sampler, RunSettings.DEFAULT, new PictureRandom(List.of(random)));
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray input = sampler.scaleModelInput(call, x).castTo(DataType.DOUBLE);
            INDArray output = input.mul(0.3)
                    .addi(Transforms.sin(input.mul(3), true).muli(0.1))
                    .addi(sampler.timestep(call) / 1000 * 0.05)
                    .castTo(DataType.FLOAT);
            x = sampler.step(call, output, x, sampler.drawsNoise(call) ? noise.draw(call, 1, 4, 2, 2) : null)
                    .prevSample();
        }
        return x;
    }

    /** Keys of other classes, and values that change nothing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DDIMScheduler               | "use_exponential_sigmas": true, "solver_type": "logrho", "sigma_max": 9.5
            DDPMScheduler               | "algorithm_type": "deis", "interpolation_type": "log_linear", "predict_x0": false
            EulerDiscreteScheduler      | "sigma_min": 0.03, "use_lu_lambdas": true, "variance_type": "learned"
            EulerDiscreteScheduler      | "lambda_min_clipped": -1, "disable_corrector": [0]
            DPMSolverMultistepScheduler | "lambda_min_clipped": -5.1, "variance_type": "fixed_small_log"
            DPMSolverMultistepScheduler | "lambda_min_clipped": -Infinity, "solver_type": "bh2"
            UniPCMultistepScheduler     | "disable_corrector": [], "solver_p": null, "shift_terminal": 0.1
            EulerAncestralDiscreteScheduler | "final_sigmas_type": "denoised", "use_flow_sigmas": true, "tau_func": "constant"
            EulerAncestralDiscreteScheduler | "use_karras_sigmas": true, "use_beta_sigmas": true, "sigma_min": 0.03
            LMSDiscreteScheduler        | "use_karras_sigmas": true, "sigma_min": 0.03, "final_sigmas_type": "sigma_min"
            DPMSolverSinglestepScheduler | "timestep_spacing": "uniform", "use_lu_lambdas": true
            SASolverScheduler           | "algorithm_type": "noise_prediction", "tau_func": null
            DEISMultistepScheduler      | "algorithm_type": "deis", "final_sigmas_type": "zero", "lambda_min_clipped": -1
            PNDMScheduler               | "clip_sample": true, "clip_sample_range": NaN
            """)
    void whatChangesNothingIsAccepted(String className, String keys) throws IOException {
        assertThat(read(configuration(className, keys)).getClass().getSimpleName())
                .isEqualToIgnoringCase(className);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            EulerDiscreteScheduler      | "interpolation_type": "log_linear"                | interpolation_type is "log_linear"
            EulerDiscreteScheduler      | "timestep_type": "continuous"                     | timestep_type is "continuous"
            EulerDiscreteScheduler      | "use_karras_sigmas": true, "sigma_max": 9.5       | sigma_max is 9.5
            HeunDiscreteScheduler       | "use_beta_sigmas": true, "use_karras_sigmas": true | use_karras_sigmas is true
            KDPM2DiscreteScheduler      | "use_beta_sigmas": true, "sigma_min": 0.03        | sigma_min is 0.03
            DPMSolverMultistepScheduler | "use_lu_lambdas": true, "use_flow_sigmas": true   | use_flow_sigmas is true
            DEISMultistepScheduler      | "use_flow_sigmas": true                           | use_flow_sigmas is true
            DPMSolverSinglestepScheduler | "lambda_min_clipped": -1                         | lambda_min_clipped is -1
            DPMSolverSinglestepScheduler | "final_sigmas_type": "denoised"                  | final_sigmas_type is "denoised"
            SASolverScheduler           | "tau_func": "constant"                            | tau_func is "constant"
            SASolverScheduler           | "predictor_order": 5                              | predictor_order is 5
            TCDScheduler                | "noise_sampler_seed": "five"                      | noise_sampler_seed is "five"
            DPMSolverMultistepScheduler | "lambda_min_clipped": -1                          | lambda_min_clipped is -1
            DPMSolverMultistepScheduler | "variance_type": "learned_range"                  | variance_type is "learned_range"
            UniPCMultistepScheduler     | "predict_x0": false                               | predict_x0 is false
            UniPCMultistepScheduler     | "disable_corrector": [0]                          | disable_corrector is [0]
            UniPCMultistepScheduler     | "solver_p": {}                                    | solver_p is {}
            DDIMScheduler               | "thresholding": true                              | thresholding is true
            DDIMScheduler               | "beta_end": NaN                                   | beta_end is
            DDIMScheduler               | "beta_end": Infinity                              | beta_end is
            FlowMatchEulerDiscreteScheduler | "shift": 3.0                                  | _class_name is
            DDIMScheduler               | "a_key_of_nobody": 1                              | a_key_of_nobody is 1
            """)
    void whatWouldChangeThePictureIsRefusedByKey(String className, String keys, String message) {
        assertThatThrownBy(() -> read(configuration(className, keys)))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aClassThatIsNotHereGivesWayToTheUsualOne() throws IOException {
        Scheduler scheduler = read(configuration("EDMEulerScheduler", "\"steps_offset\": 1"));
        assertThat(scheduler).isInstanceOf(PndmScheduler.class);
        assertThat(scheduler.config().skipPrkSteps()).isTrue();
        assertThat(Schedulers.byName("ddim", scheduler.config()).config().betaStart())
                .isEqualTo(0.00085);
    }

    /** What another scheduler that is named instead would read. */
    @Test
    void theSpreadOfLevelsIsKept() throws IOException {
        String keys = "\"use_exponential_sigmas\": true, \"noise_sampler_seed\": 5, \"predictor_order\": 3";
        SchedulerConfig config = read(configuration("DDIMScheduler", keys)).config();
        assertThat(config.sigmaSpread()).isEqualTo(SigmaSpread.EXPONENTIAL);
        assertThat(config.stochastic()).isEqualTo(new StochasticSettings(3, null, null, 5L));
        keys = "\"use_lu_lambdas\": true, \"use_beta_sigmas\": true";
        assertThat(read(configuration("DPMSolverMultistepScheduler", keys))
                        .config()
                        .sigmaSpread())
                .isEqualTo(SigmaSpread.LU);
        assertThat(read(configuration("EulerDiscreteScheduler", keys)).config().sigmaSpread())
                .isEqualTo(SigmaSpread.BETA);
        keys = "\"algorithm_type\": \"noise_prediction\"";
        assertThat(read(configuration("SASolverScheduler", keys)).config().stochastic())
                .isEqualTo(new StochasticSettings(null, null, true, null));
    }

    private static String configuration(String className, String keys) {
        return """
                {"_class_name": "%s", "beta_start": 0.00085, "beta_end_": 0, "beta_schedule": "scaled_linear", %s}
                """.replace("\"beta_end_\": 0, ", keys.contains("beta_end") ? "" : "\"beta_end\": 0.012, ")
                .formatted(className, keys);
    }

    private Scheduler read(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("scheduler_config.json"), json);
        return ModelConfigs.scheduler(ConfigReader.read(file));
    }
}
