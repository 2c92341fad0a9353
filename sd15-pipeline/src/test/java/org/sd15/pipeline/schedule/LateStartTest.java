package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs that begin in the middle, as image-to-image does. The numbers are diffusers' 0.42.1, on one value:
 *
 * <pre>
 * s = CLASS.from_config(SD15); s.set_timesteps(10); begin = 4 * s.order; s.set_begin_index(begin)   # where it has one
 * x = torch.ones(1, 1, 1, 1); every noise that is drawn = 1
 * for t in s.timesteps[begin:]: x = s.step(model(s.scale_model_input(x, t), t), t, x).prev_sample
 * model(x, t) = 0.3 x + 0.1 sin(3 x) + 0.00005 t, in float64
 * </pre>
 */
class LateStartTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();
    private static final SchedulerConfig THIRD = SD15.toBuilder().solverOrder(3).build();

    static Stream<Arguments> runs() {
        return Stream.of(
                run("ddim", SD15, 1.1396055, 1.2593556, 1.3476918, 1.3961222, 1.3734082, 1.3699996),
                run("pndm", SD15, 1.1909914, 1.1916277, 1.3215877, 1.4155802, 1.4674255, 1.4453253, 1.4419881),
                run("ddpm", SD15, 1.5949376, 2.1555481, 2.5377755, 2.7263513, 2.6107147, 2.5764513),
                run("euler", SD15, 0.8410631, 0.7286217, 0.6436347, 0.5732444, 0.4826628, 0.4755466),
                run("euler-a", SD15, 1.7053735, 2.1423647, 2.4075813, 2.4575691, 2.2094715, 2.1891670),
                run(
                        "heun", SD15, 0.8410631, 0.8380566, 0.7258522, 0.7250414, 0.6402900, 0.6405818, 0.5703781,
                        0.5713844, 0.4809734, 0.4848617, 0.4777240),
                run("dpm++2m", SD15, 1.1880031, 1.3722777, 1.5286071, 1.6386598, 1.6927063, 1.6457694),
                run("dpm++2m-karras", SD15, 1.2775331, 1.4379722, 1.4595506, 1.4424533, 1.4287640, 1.4195256),
                run("unipc", SD15, 1.1880031, 1.3726789, 1.5281738, 1.6368781, 1.6908045, 1.6440241),
                run(
                        "dpm2", SD15, 0.9131707, 0.8377504, 0.7765371, 0.7244759, 0.6778973, 0.6398489, 0.6001671,
                        0.5705890, 0.5000831, 0.4858940, 0.4787462),
                run("dpm++3m-sde", SD15, 1.7016833, 2.5343921, 3.2367892, 3.7431951, 4.1041527, 3.9235632),
                run("dpm++2s", SD15, 1.1880031, 1.3725249, 1.5299034, 1.6392640, 1.6985848, 1.6511575),
                run("dpm++2s", THIRD, 1.1880031, 1.3725249, 1.5299034, 1.6392640, 1.6919495, 1.6450751),
                run("deis", SD15, 1.1880029, 1.3722488, 1.5285466, 1.6390004, 1.6944003, 1.6588714),
                run("ipndm", SD15, 0.9227101, 0.8716505, 0.8267869, 0.7931184, 0.7714412, 0.7640452),
                run("lcm", SD15, 1.7473774, 2.4348233, 2.7626882, 2.9407372, 3.0142932, 2.8619876));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void goesOnAsDiffusersDoes(String name, SchedulerConfig config, double[] expected) {
        goesOn(name, config, expected, 1e-6);
    }

    static Stream<Arguments> runsWhoseRoundingAddsUp() {
        return Stream.of(
                run(
                        "dpm2-a", SD15, 0.8410631, 1.6952134, 1.5564501, 2.1358359, 2.0173910, 2.3772941, 2.2254059,
                        2.4182284, 2.1682806, 2.2011466, 2.1809838),
                run("sa-solver", SD15, 1.7016833, 2.6736097, 3.2966413, 3.8787560, 4.3144383, 4.1309166));
    }

    @ParameterizedTest
    @MethodSource("runsWhoseRoundingAddsUp")
    void goesOnAsDiffusersDoesButForRounding(String name, SchedulerConfig config, double[] expected) {
        goesOn(name, config, expected, 2e-6);
    }

    private static void goesOn(String name, SchedulerConfig config, double[] expected, double bound) {
        Sampler sampler = Schedulers.byName(name, config).sampler(10, 4);
        INDArray x = Nd4j.ones(DataType.FLOAT, 1, 1, 1, 1);

        assertThat(sampler.calls()).isEqualTo(expected.length);
        for (int call = 0; call < expected.length; call++) {
            INDArray output = ReferenceCase.model(sampler.scaleModelInput(call, x), sampler.timestep(call));
            INDArray noise = sampler.drawsNoise(call) ? Nd4j.onesLike(x) : null;
            x = sampler.step(call, output, x, noise).prevSample();
            assertThat(x.getDouble(0)).as("call %d", call).isCloseTo(expected[call], within(bound));
        }
    }

    /** Third order, which reaches two calls back. */
    @Test
    void startsAThirdOrderSolverWithoutMemory() {
        Sampler sampler = new DpmSolverMultistepScheduler(THIRD).sampler(10, 4);
        double[] expected = {1.1880031, 1.3722777, 1.5273975, 1.6352818, 1.6888080, 1.6421908};
        INDArray x = Nd4j.ones(DataType.FLOAT, 1, 1, 1, 1);
        for (int call = 0; call < expected.length; call++) {
            x = sampler.step(call, ReferenceCase.model(x, sampler.timestep(call)), x, null)
                    .prevSample();
            assertThat(x.getDouble(0)).isCloseTo(expected[call], within(1e-6));
        }
    }

    /**
     * Unlike diffusers, whose first step would be -0.677: with a constant slope a step is the distance of the levels.
     */
    @Test
    void startsLmsWithOrderOne() {
        Sampler sampler = new LmsDiscreteScheduler(SD15).sampler(10, 5);
        INDArray x = Nd4j.ones(DataType.DOUBLE, 1, 1, 1, 1);
        for (int call = 0; call < sampler.calls(); call++) {
            double end = call + 1 < sampler.calls() ? sampler.level(call + 1).ratio() : 0;
            double expected = x.getDouble(0) + end - sampler.level(call).ratio();
            x = sampler.step(call, Nd4j.onesLike(x), x, null).prevSample();
            assertThat(x.getDouble(0)).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void refusesALateRungeKuttaStart() {
        PndmScheduler scheduler =
                new PndmScheduler(SD15.toBuilder().skipPrkSteps(null).build());
        assertThatThrownBy(() -> scheduler.sampler(10, 1)).hasMessageContaining("10 steps of which 1 are skipped");
        assertThatThrownBy(() -> scheduler.sampler(3))
                .hasMessageContaining("3 steps of which 0 are skipped: without skip_prk_steps it takes 4 at least");
    }

    private static Arguments run(String name, SchedulerConfig config, double... expected) {
        return Arguments.of(name, config, expected);
    }
}
