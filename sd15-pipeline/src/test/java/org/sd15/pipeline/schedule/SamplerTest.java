package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.random.TorchRandom;

/** The contract of a run, for every scheduler. */
class SamplerTest {

    private static final int STEPS = 12;
    private static final INDArray START = new TorchRandom(5).randn(2, 4, 3, 5);

    static Stream<Scheduler> schedulers() {
        SchedulerConfig config = SchedulerConfig.sd15();
        List<Scheduler> schedulers = new ArrayList<>();
        Schedulers.names().forEach(name -> schedulers.add(Schedulers.byName(name, config)));
        schedulers.add(new DdimScheduler(config, 0.5));
        schedulers.add(new DdimInverseScheduler(config));
        schedulers.add(new PndmScheduler(config.toBuilder().skipPrkSteps(false).build()));
        schedulers.add(new DpmSolverMultistepScheduler(
                config.toBuilder().solverOrder(3).build()));
        schedulers.add(
                new UniPcMultistepScheduler(config.toBuilder().solverOrder(3).build()));
        return schedulers.stream();
    }

    /** Null-text inversion repeats a call until its embedding fits, and then goes on. */
    @ParameterizedTest
    @MethodSource("schedulers")
    void repeatsACallBitForBit(Scheduler scheduler) {
        Sampler once = scheduler.sampler(STEPS);
        List<INDArray> expected = run(once, START);
        Sampler sampler = scheduler.sampler(STEPS);
        INDArray x = start(sampler, START);
        for (int call = 0; call < sampler.calls(); call++) {
            step(sampler, call, x.mul(-2), x);
            INDArray first = step(sampler, call, output(sampler, call, x), x).prevSample();
            x = step(sampler, call, output(sampler, call, x), x).prevSample();
            assertThat(values(x)).isEqualTo(values(first)).isEqualTo(values(expected.get(call)));
        }
    }

    /** What later calls left behind has no influence on a run that goes back. */
    @ParameterizedTest
    @MethodSource("schedulers")
    void goesBackToAnyCall(Scheduler scheduler) {
        Sampler sampler = scheduler.sampler(STEPS);
        List<INDArray> expected = run(sampler, START);
        for (int from : new int[] {sampler.calls() - 1, 5, 2, 0}) {
            INDArray x = from == 0 ? start(sampler, START) : expected.get(from - 1);
            for (int call = from; call < sampler.calls(); call++) {
                x = step(sampler, call, output(sampler, call, x), x).prevSample();
                assertThat(values(x)).isEqualTo(values(expected.get(call)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void neitherChangesNorKeepsWhatItIsGiven(Scheduler scheduler) {
        List<INDArray> expected = run(scheduler.sampler(STEPS), START);
        Sampler sampler = scheduler.sampler(STEPS);
        INDArray x = start(sampler, START);
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray output = output(sampler, call, x);
            INDArray noise = noise(sampler, call, x);
            float[] outputBefore = values(output);
            float[] sampleBefore = values(x);
            float[] noiseBefore = noise == null ? new float[0] : values(noise);

            INDArray next = sampler.step(call, output, x, noise).prevSample();
            assertThat(values(output)).isEqualTo(outputBefore);
            assertThat(values(x)).isEqualTo(sampleBefore);
            assertThat(noise == null ? new float[0] : values(noise)).isEqualTo(noiseBefore);

            output.assign(Float.NaN);
            x.assign(Float.NaN);
            x = next;
            assertThat(values(x)).isEqualTo(values(expected.get(call)));
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void takesAnyOrderOfStorageAndGivesCOrder(Scheduler scheduler) {
        List<INDArray> expected = run(scheduler.sampler(STEPS), START);
        Sampler sampler = scheduler.sampler(STEPS);
        INDArray x = start(sampler, START);
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray output = output(sampler, call, x).dup('f');
            INDArray wider = Nd4j.concat(0, x, x);
            INDArray view =
                    wider.get(NDArrayIndex.interval(2, 4), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all());
            x = sampler.step(call, output, view, noise(sampler, call, x)).prevSample();
            assertThat(x.ordering()).isEqualTo('c');
            assertThat(x.shape()).isEqualTo(START.shape());
            assertThat(values(x)).isEqualTo(values(expected.get(call)));
        }
    }

    /** A run in double precision is the same run; a run in half precision rounds each result once, to 11 bits. */
    @ParameterizedTest
    @MethodSource("schedulers")
    void keepsTheDataType(Scheduler scheduler) {
        Sampler sampler = scheduler.sampler(STEPS);
        List<INDArray> single = run(sampler, START);
        List<INDArray> exact = run(sampler, START.castTo(DataType.DOUBLE));
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray expected = exact.get(call);
            assertThat(expected.dataType()).isEqualTo(DataType.DOUBLE);
            assertThat(single.get(call).dataType()).isEqualTo(DataType.FLOAT);
            double size = expected.amaxNumber().doubleValue();
            assertThat(expected.sub(single.get(call).castTo(DataType.DOUBLE))
                            .amaxNumber()
                            .doubleValue())
                    .isLessThan(3e-6 * size);
        }
        INDArray half = START.castTo(DataType.FLOAT16);
        INDArray noise = sampler.drawsNoise(0) ? half.mul(0.5) : null;
        INDArray rounded = sampler.step(0, half, half, noise).prevSample();
        INDArray expected = sampler.step(0, whole(half), whole(half), noise == null ? null : whole(noise))
                .prevSample();
        assertThat(rounded.dataType()).isEqualTo(DataType.FLOAT16);
        assertThat(values(whole(rounded))).isEqualTo(values(whole(expected.castTo(DataType.FLOAT16))));
    }

    private static List<INDArray> run(Sampler sampler, INDArray noise) {
        List<INDArray> samples = new ArrayList<>();
        INDArray x = start(sampler, noise);
        for (int call = 0; call < sampler.calls(); call++) {
            x = step(sampler, call, output(sampler, call, x), x).prevSample();
            samples.add(x.dup());
        }
        return samples;
    }

    private static INDArray start(Sampler sampler, INDArray noise) {
        return noise.mul(sampler.initNoiseSigma());
    }

    private static StepResult step(Sampler sampler, int call, INDArray output, INDArray x) {
        return sampler.step(call, output, x, noise(sampler, call, x));
    }

    private static INDArray output(Sampler sampler, int call, INDArray x) {
        return ReferenceCase.model(sampler.scaleModelInput(call, x), sampler.timestep(call));
    }

    private static @Nullable INDArray noise(Sampler sampler, int call, INDArray like) {
        return sampler.drawsNoise(call)
                ? new TorchRandom(call).randn(like.shape()).castTo(like.dataType())
                : null;
    }

    private static INDArray whole(INDArray half) {
        return half.castTo(DataType.FLOAT);
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
