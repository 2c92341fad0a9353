package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.TorchRandom;

/** What a run tells of itself, and what it refuses. */
class SamplerChecksTest {

    private static final INDArray START = new TorchRandom(5).randn(2, 4, 3, 5);

    @Test
    void saysWhichCallsAreMissing() {
        Sampler pndm = new PndmScheduler(SchedulerConfig.sd15()).sampler(10);
        pndm.step(0, START, START, null);
        pndm.step(1, START, START, null);
        assertThatThrownBy(() -> pndm.step(5, START, START, null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("PNDMScheduler, call 5 (timestep 501.0) builds on calls that have not been made: [2, 3, 4]."
                        + " Make the calls in order");
        // A refused call leaves what is there alone.
        assertThat(pndm.step(2, START, START, null).prevSample().shape()).isEqualTo(START.shape());
    }

    @Test
    void forgetsTheCallsAfterARepeatedOne() {
        Sampler sampler = Schedulers.byName("dpm++2m", SchedulerConfig.sd15()).sampler(20);
        for (int call = 0; call < 4; call++) {
            sampler.step(call, START, START, null);
        }
        sampler.step(1, START, START, null);
        assertThatThrownBy(() -> sampler.step(4, START, START, null)).hasMessageContaining("not been made: [3]");
    }

    @Test
    void asksForNoiseWhereItIsDrawnAndOnlyThere() {
        Sampler deterministic = new DdimScheduler(SchedulerConfig.sd15()).sampler(10);
        Sampler random = new DdimScheduler(SchedulerConfig.sd15(), 1).sampler(10);
        assertThat(deterministic.drawsNoise(3)).isFalse();
        assertThat(deterministic.noiseScale(3)).isZero();
        assertThat(random.drawsNoise(3)).isTrue();
        assertThatThrownBy(() -> random.step(3, START, START, null))
                .hasMessage("DDIMScheduler, call 3 (timestep 601.0) needs noise and got none");
        assertThatThrownBy(() -> deterministic.step(3, START, START, START))
                .hasMessage("DDIMScheduler, call 3 (timestep 601.0) takes no noise but got some");
    }

    /** The noise that leads to a wanted sample follows from a step without noise: how edits are inverted exactly. */
    @Test
    void tellsTheWeightOfTheNoise() {
        Sampler sampler =
                Schedulers.byName("dpm++2m-sde", SchedulerConfig.sd15()).sampler(20);
        INDArray x = START.castTo(DataType.DOUBLE);
        INDArray wanted = new TorchRandom(8).randn(DataType.DOUBLE, START.shape());
        for (int call = 0; call < 3; call++) {
            INDArray mean = sampler.step(call, x, x, Nd4j.zerosLike(x)).prevSample();
            INDArray noise = wanted.sub(mean).divi(sampler.noiseScale(call));
            x = sampler.step(call, x, x, noise).prevSample();
            assertThat(x.sub(wanted).amaxNumber().doubleValue()).isLessThan(1e-14);
        }
    }

    @Test
    void refusesTensorsThatDoNotBelongTogether() {
        Sampler sampler = new DdimScheduler(SchedulerConfig.sd15(), 1).sampler(10);
        INDArray other = Nd4j.ones(DataType.FLOAT, 2, 4, 3, 6);
        assertThatThrownBy(() -> sampler.step(0, other, START, START))
                .hasMessage(
                        "DDIMScheduler, call 0 (timestep 901.0): model output is [2, 4, 3, 6], the sample [2, 4, 3, 5];"
                                + " they must have the same shape");
        assertThatThrownBy(() -> sampler.step(0, START, START, other)).hasMessageContaining("noise is [2, 4, 3, 6]");
        assertThatThrownBy(() -> sampler.addNoise(START, other, 0)).hasMessageContaining("noise is [2, 4, 3, 6]");
        assertThatThrownBy(() -> sampler.step(0, START.castTo(DataType.DOUBLE), START, START))
                .hasMessageContaining("model output is DOUBLE");
        assertThatThrownBy(() -> sampler.scaleModelInput(0, START.castTo(DataType.INT32)))
                .hasMessageContaining("sample is INT; a floating type, the sample's, is expected");
    }

    @Test
    void refusesACallThatIsNotThere() {
        Sampler sampler = new PndmScheduler(SchedulerConfig.sd15()).sampler(50);
        assertThat(sampler.calls()).isEqualTo(51);
        assertThatThrownBy(() -> sampler.timestep(51))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("PNDMScheduler: there is no call 51 in a run of 51");
        assertThatThrownBy(() -> sampler.step(-1, START, START, null)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** A model of noise says nothing where there is only noise. */
    @Test
    void refusesAModelOfNoiseWithoutSignal() {
        SchedulerConfig config = SchedulerConfig.sd15().toBuilder()
                .rescaleBetasZeroSnr(true)
                .timestepSpacing(SchedulerConfig.TimestepSpacing.TRAILING)
                .build();
        assertThatThrownBy(() -> new DdimScheduler(config).sampler(10))
                .hasMessage("a model of prediction_type epsilon says nothing where no signal is left, as"
                        + " rescale_betas_zero_snr has it at the last timestep");
    }

    /** A thousand steps over 1001 timesteps of which 1000 differ: a slope between equal levels is not a number. */
    @Test
    void refusesStepsBetweenEqualLevels() {
        Scheduler scheduler = Schedulers.byName("dpm++2m", SchedulerConfig.sd15());
        assertThat(scheduler.sampler(999).calls()).isEqualTo(999);
        assertThatThrownBy(() -> scheduler.sampler(1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no finite step, since noise levels coincide; take fewer steps");
    }
}
