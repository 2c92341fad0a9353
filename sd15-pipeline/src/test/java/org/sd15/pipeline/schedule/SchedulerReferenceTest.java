package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every scheduler against diffusers, on the runs of {@link ReferenceCase}. */
class SchedulerReferenceTest {

    static Stream<ReferenceCase> runs() {
        return ReferenceCase.all();
    }

    /** Fractional timesteps of Karras levels go through MKL's square root in diffusers, which is 1 ulp off at times. */
    @ParameterizedTest
    @MethodSource("runs")
    void visitsTheTimestepsOfDiffusers(ReferenceCase run) {
        Sampler sampler = run.scheduler().sampler(run.steps());
        double[] expected = StreamSupport.stream(run.facts().get("timesteps").spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
        boolean interpolated = run.name().endsWith("_karras")
                && run.facts().get("timestep_dtype").asText().equals("torch.float32");
        assertThat(sampler.calls()).isEqualTo(expected.length);
        for (int call = 0; call < expected.length; call++) {
            double allowed = interpolated ? 2 * Math.ulp((float) Math.max(expected[call], 16)) : 0;
            assertThat(Math.abs(sampler.timestep(call) - expected[call])).isLessThanOrEqualTo(allowed);
        }
    }

    /** diffusers rounds them to single precision, after MKL's square root. */
    @ParameterizedTest
    @MethodSource("runs")
    void hasTheNoiseLevelsOfDiffusers(ReferenceCase run) {
        Sampler sampler = run.scheduler().sampler(run.steps());
        assertThat(sampler.initNoiseSigma())
                .isCloseTo(run.facts().get("init_noise_sigma").asDouble(), within(1.2e-7 * sampler.initNoiseSigma()));
        if (run.has("sigmas")) {
            INDArray sigmas = run.tensor("sigmas");
            for (int call = 0; call < sampler.calls(); call++) {
                double expected = sigmas.getDouble(call);
                assertThat(sampler.level(call).ratio()).isCloseTo(expected, within(1.2e-7 * expected));
            }
        }
    }

    /** Each step from the tensors that diffusers had there: errors do not add up. */
    @ParameterizedTest
    @MethodSource("runs")
    void takesTheStepsOfDiffusers(ReferenceCase run) {
        Sampler sampler = run.scheduler().sampler(run.steps());
        int draws = 0;
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray x = run.at("x", call);
            INDArray noise = sampler.drawsNoise(call) ? run.at("noise", draws++) : null;
            StepResult result = sampler.step(call, run.at("eps", call), x, noise);

            INDArray input = run.has("scaled") ? run.at("scaled", call) : x;
            assertThat(distance(sampler.scaleModelInput(call, x), input)).isLessThan(3e-7);
            assertThat(distance(result.prevSample(), run.at("x", call + 1))).isLessThan(1e-6);
            if (run.has("pred_original")) {
                assertThat(distance(result.predOriginalSample(), run.at("pred_original", call)))
                        .isLessThan(2e-6);
            }
        }
        assertThat(draws).isEqualTo(run.facts().get("draws").asInt());
    }

    /** The whole run with the model of the reference; the size of x changes by a factor of 15 on the way. */
    @ParameterizedTest
    @MethodSource("runs")
    void followsTheTrajectoryOfDiffusers(ReferenceCase run) {
        Sampler sampler = run.scheduler().sampler(run.steps());
        INDArray x = run.at("x", 0);
        int draws = 0;
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray output = ReferenceCase.model(sampler.scaleModelInput(call, x), sampler.timestep(call));
            INDArray noise = sampler.drawsNoise(call) ? run.at("noise", draws++) : null;
            x = sampler.step(call, output, x, noise).prevSample();
            assertThat(distance(x, run.at("x", call + 1))).as("call %d", call).isLessThan(3e-6);
        }
    }

    static Stream<ReferenceCase> runsThatAddNoise() {
        return runs().filter(run -> run.has("add_noise"));
    }

    @ParameterizedTest
    @MethodSource("runsThatAddNoise")
    void addsTheNoiseOfDiffusers(ReferenceCase run) {
        Sampler sampler = run.scheduler().sampler(run.steps());
        int[] calls = {0, sampler.calls() / 2, sampler.calls() - 1};
        for (int i = 0; i < calls.length; i++) {
            INDArray noised = sampler.addNoise(run.shared("clean"), run.shared("noise"), calls[i]);
            assertThat(distance(noised, run.at("add_noise", i))).isLessThan(3e-7);
        }
    }

    /** The class defaults: the configuration of Stable Diffusion 1.5 says nothing of spacing, order or solver. */
    @ParameterizedTest
    @CsvSource({
        "ddim, ddim",
        "pndm, pndm",
        "ddpm, ddpm",
        "lms, lms",
        "euler, euler",
        "euler-a, euler_a",
        "heun, heun",
        "dpm++2m, dpmpp_2m",
        "dpm++2m-karras, dpmpp_2m_karras",
        "dpm++2m-sde, dpmpp_2m_sde",
        "unipc, unipc",
        "lcm, lcm"
    })
    void takesTheDefaultsOfTheClassWhereTheConfigurationIsSilent(String name, String reference) {
        Sampler sampler = Schedulers.byName(name, SchedulerConfig.sd15()).sampler(25);
        Sampler said = ReferenceCase.of(reference, 25).scheduler().sampler(25);

        assertThat(sampler.calls()).isEqualTo(said.calls());
        assertThat(sampler.initNoiseSigma()).isEqualTo(said.initNoiseSigma());
        INDArray x = ReferenceCase.of(reference, 25).shared("start");
        for (int call = 0; call < said.calls(); call++) {
            INDArray noise = said.drawsNoise(call) ? x.mul(0.1) : null;
            assertThat(sampler.timestep(call)).isEqualTo(said.timestep(call));
            assertThat(sampler.step(call, x, x, noise).prevSample().toStringFull())
                    .isEqualTo(said.step(call, x, x, noise).prevSample().toStringFull());
        }
    }

    /** The largest difference, in parts of the largest expected value. */
    private static double distance(INDArray actual, INDArray expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        INDArray exact = expected.castTo(DataType.DOUBLE);
        return exact.sub(actual.castTo(DataType.DOUBLE)).amaxNumber().doubleValue()
                / exact.amaxNumber().doubleValue();
    }
}
