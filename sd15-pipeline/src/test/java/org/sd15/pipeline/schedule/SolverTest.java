package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/** What the solvers must do whatever the model, from mathematics alone. */
class SolverTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();

    /** A step and the inverse step with the same output undo each other, in either order. */
    @ParameterizedTest
    @CsvSource({"DOUBLE, 1e-12", "FLOAT, 1e-5"})
    void ddimUndoesItsInverse(DataType type, double tolerance) {
        Sampler forward = new DdimScheduler(SD15).sampler(50);
        Sampler inverse = new DdimInverseScheduler(SD15).sampler(50);
        INDArray x = new TorchRandom(1).randn(type, 2, 4, 8, 8);
        INDArray output = new TorchRandom(2).randn(type, 2, 4, 8, 8);
        for (int call = 0; call < 50; call++) {
            int back = 49 - call;
            assertThat(inverse.timestep(back)).isEqualTo(forward.timestep(call));
            INDArray down = forward.step(call, output, x, null).prevSample();
            assertThat(relative(inverse.step(back, output, down, null).prevSample(), x))
                    .isLessThan(tolerance);
            INDArray up = inverse.step(back, output, x, null).prevSample();
            assertThat(relative(forward.step(call, output, up, null).prevSample(), x))
                    .isLessThan(tolerance);
        }
    }

    /** With an output that depends on nothing, inversion and sampling return the picture. */
    @ParameterizedTest
    @ValueSource(ints = {10, 50, 200})
    void ddimReturnsThePictureWhenTheOutputIsConstant(int steps) {
        Sampler forward = new DdimScheduler(SD15).sampler(steps);
        Sampler inverse = new DdimInverseScheduler(SD15).sampler(steps);
        INDArray picture = new TorchRandom(1).randn(DataType.DOUBLE, 1, 4, 8, 8);
        INDArray output = new TorchRandom(2).randn(DataType.DOUBLE, 1, 4, 8, 8);
        INDArray x = picture;
        for (int call = 0; call < steps; call++) {
            x = inverse.step(call, output, x, null).prevSample();
        }
        assertThat(relative(x, picture)).isGreaterThan(0.5);
        for (int call = 0; call < steps; call++) {
            x = forward.step(call, output, x, null).prevSample();
        }
        assertThat(relative(x, picture)).isLessThan(1e-10);
    }

    /** At offset 0 the last timestep is 0 and the step leads to its own level; at offset 1 it scales by 1.00042762. */
    @Test
    void ddimEndsWithoutAStepAtOffsetZero() {
        INDArray x = new TorchRandom(1).randn(1, 4, 8, 8);
        INDArray zero = x.mul(0);
        Sampler none = new DdimScheduler(SD15.toBuilder().stepsOffset(0).build()).sampler(50);
        assertThat(none.step(49, x.mul(3), x, null).prevSample().data().asFloat())
                .isEqualTo(x.data().asFloat());

        Sampler one = new DdimScheduler(SD15).sampler(50);
        INDArray exact = x.castTo(DataType.DOUBLE);
        INDArray scaled =
                one.step(49, zero.castTo(DataType.DOUBLE), exact, null).prevSample();
        assertThat(relative(scaled, exact.mul(1.00042762))).isLessThan(1e-8);
    }

    /** Equation 16 of the paper from the table alone; 0.0206483 is the deviation of the last of 20 steps. */
    @Test
    void ddimTellsItsVariance() {
        DdimScheduler ddim = new DdimScheduler(SD15, 1);
        NoiseSchedule schedule = ddim.noiseSchedule();
        Sampler sampler = ddim.sampler(20);
        for (int call = 0; call < 19; call++) {
            int timestep = (int) sampler.timestep(call);
            double now = schedule.alphaCumprod(timestep);
            double next = schedule.alphaCumprod(timestep - 50);
            double variance = (1 - next) / (1 - now) * (1 - now / next);
            assertThat(ddim.previousTimestep(timestep, 20)).isEqualTo(timestep - 50);
            assertThat(ddim.variance(timestep, 20)).isCloseTo(variance, within(1e-14));
            assertThat(sampler.noiseScale(call)).isCloseTo(Math.sqrt(variance), within(1e-14));
        }
        assertThat(sampler.noiseScale(19)).isCloseTo(0.0206483, within(1e-7));
        assertThat(ddim.level(-49)).isEqualTo(ddim.level(0));
        assertThat(new DdimScheduler(SD15.toBuilder().setAlphaToOne(true).build()).level(-49))
                .isEqualTo(new NoiseLevel(1, 0));
    }

    /** The last step of DDPM leads to no noise at all, and still adds what diffusers takes for the least. */
    @Test
    void ddpmAddsTheLeastNoiseAtItsEnd() {
        Sampler sampler = new DdpmScheduler(SD15).sampler(10);
        assertThat(sampler.noiseScale(9)).isEqualTo(1e-10);
        assertThat(sampler.drawsNoise(9)).isTrue();
        SchedulerConfig offset = SD15.toBuilder().stepsOffset(0).build();
        assertThat(new DdpmScheduler(offset).sampler(10).drawsNoise(9)).isFalse();
    }

    /** A constant output is noise on a picture that never changes: every deterministic solver sees it at once. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ddim",
                "pndm",
                "lms",
                "euler",
                "heun",
                "dpm2",
                "dpm++2m",
                "dpm++2m-karras",
                "dpm++3m",
                "dpm++2s",
                "unipc",
                "deis",
                "tcd"
            })
    void keepsThePictureWhenTheNoiseIsConstant(String name) {
        Sampler sampler = Schedulers.byName(name, SD15).sampler(20);
        INDArray picture = new TorchRandom(1).randn(DataType.DOUBLE, 1, 4, 4, 4);
        INDArray noise = new TorchRandom(2).randn(DataType.DOUBLE, 1, 4, 4, 4);
        INDArray x = sampler.addNoise(picture, noise, 0);
        for (int call = 0; call < sampler.calls(); call++) {
            StepResult result = sampler.step(call, noise, x, null);
            assertThat(relative(result.predOriginalSample(), picture)).isLessThan(1e-12);
            x = result.prevSample();
        }
    }

    /** One step to no noise is the prediction itself. */
    @ParameterizedTest
    @ValueSource(strings = {"euler", "heun", "lms", "dpm2", "dpm++2m", "dpm++2s", "unipc"})
    void oneStepGoesToThePrediction(String name) {
        SchedulerConfig config =
                SD15.toBuilder().timestepSpacing(TimestepSpacing.TRAILING).build();
        Sampler sampler = Schedulers.byName(name, config).sampler(1);
        INDArray x = new TorchRandom(1).randn(DataType.DOUBLE, 1, 4, 4, 4);
        StepResult result = sampler.step(0, new TorchRandom(2).randn(DataType.DOUBLE, 1, 4, 4, 4), x, null);
        assertThat(sampler.calls()).isEqualTo(1);
        assertThat(sampler.timestep(0)).isEqualTo(999);
        assertThat(relative(result.prevSample(), result.predOriginalSample())).isLessThan(1e-12);
    }

    /** k-diffusion's levels of 20 steps; the largest is the size of the start noise. */
    @Test
    void eulerHasTheLevelsOfKDiffusion() {
        Sampler euler = new EulerDiscreteScheduler(SD15).sampler(20);
        double[] first = {14.61464, 10.74684, 8.08153};
        for (int call = 0; call < 3; call++) {
            assertThat(euler.level(call).ratio()).isCloseTo(first[call], within(1e-5));
        }
        assertThat(euler.level(18).ratio()).isCloseTo(0.232168, within(1e-6));
        assertThat(euler.level(19).ratio()).isCloseTo(0.029167, within(1e-6));
        assertThat(euler.initNoiseSigma()).isEqualTo(euler.level(0).ratio());
        SchedulerConfig leading =
                SD15.toBuilder().timestepSpacing(TimestepSpacing.LEADING).build();
        Sampler lower = new EulerDiscreteScheduler(leading).sampler(20);
        assertThat(lower.initNoiseSigma()).isCloseTo(Math.hypot(lower.level(0).ratio(), 1), within(1e-14));
    }

    /**
     * Pictures that are one Gaussian have a model in closed form, {@code epsilon = sigma x / (alpha^2 s^2 + sigma^2)},
     * and a flow in closed form: x grows as {@code sqrt(alpha^2 s^2 + sigma^2)}. Twice the steps divide the error by
     * two to the power of the order.
     */
    @ParameterizedTest
    @CsvSource({
        "ddim, 2, 1",
        "euler, 2, 1",
        "heun, 2, 2",
        "dpm2, 2, 2",
        "deis, 1, 1",
        "deis, 2, 2",
        "dpm++2m-karras, 1, 1",
        "dpm++2m-karras, 2, 2",
        "unipc, 1, 2",
        "unipc, 2, 3"
    })
    void convergesWithItsOrder(String name, int solverOrder, double order) {
        Scheduler scheduler = karras(name, solverOrder);
        double ratio = gaussianError(scheduler.sampler(80)) / gaussianError(scheduler.sampler(160));
        assertThat(Math.log(ratio) / Math.log(2)).isCloseTo(order, within(0.1));
    }

    /** Karras levels end at the smallest level, and so does final_sigmas_type sigma_min: nothing is left to do. */
    @ParameterizedTest
    @CsvSource({"dpm++2m-karras, 2", "dpm++2m-karras, 3", "unipc, 2", "unipc, 3"})
    void anEmptyLastStepLeavesTheSample(String name, int solverOrder) {
        Sampler sampler = karras(name, solverOrder).sampler(20);
        INDArray noise = new TorchRandom(2).randn(DataType.DOUBLE, 1, 4, 4, 4);
        INDArray x = new TorchRandom(1).randn(DataType.DOUBLE, 1, 4, 4, 4);
        for (int call = 0; call < 19; call++) {
            x = sampler.step(call, noise, x, null).prevSample();
        }
        INDArray last = sampler.step(19, noise, x, null).prevSample();
        assertThat(relative(last, x)).isLessThan(1e-12);
    }

    private static Scheduler karras(String name, int solverOrder) {
        SchedulerConfig config = SD15.toBuilder()
                .useKarrasSigmas(true)
                .solverOrder(solverOrder)
                .finalSigmasType(FinalSigmasType.SIGMA_MIN)
                .lowerOrderFinal(false)
                .build();
        return name.startsWith("dpm++2m") ? new DpmSolverMultistepScheduler(config) : Schedulers.byName(name, config);
    }

    /** The relative error of the sample that enters the last call. */
    private static double gaussianError(Sampler sampler) {
        double deviation = 0.5;
        INDArray x = new TorchRandom(1).randn(DataType.DOUBLE, 1, 4, 4, 4).muli(sampler.initNoiseSigma());
        INDArray start = x;
        int last = sampler.calls() - 1;
        for (int call = 0; call < last; call++) {
            NoiseLevel level = sampler.level(call);
            double variance = Math.pow(level.alpha() * deviation, 2) + Math.pow(level.sigma(), 2);
            INDArray output = sampler.scaleModelInput(call, x).mul(level.sigma() / variance);
            x = sampler.step(call, output, x, null).prevSample();
        }
        return relative(x, start.mul(spread(sampler, last, deviation) / spread(sampler, 0, deviation)));
    }

    /** The deviation of a sample in the sampler's own form. */
    private static double spread(Sampler sampler, int call, double deviation) {
        NoiseLevel level = sampler.level(call);
        boolean exploding = sampler.initNoiseSigma() != 1;
        double size = Math.hypot(level.alpha() * deviation, level.sigma());
        return exploding ? size / level.alpha() : size;
    }

    private static double relative(INDArray actual, INDArray expected) {
        return actual.sub(expected).amaxNumber().doubleValue()
                / expected.amaxNumber().doubleValue();
    }
}
