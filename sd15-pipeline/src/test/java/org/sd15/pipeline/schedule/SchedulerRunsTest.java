package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The schedulers of which {@link SchedulerReferenceTest} has no tensors, against diffusers. */
class SchedulerRunsTest {

    static Stream<RecordedRun> runs() throws IOException {
        return RecordedRun.all();
    }

    /** Whole timesteps are equal; others go through single precision in diffusers, at logarithms that lie close. */
    @ParameterizedTest
    @MethodSource("runs")
    void visitsTheTimestepsOfDiffusers(RecordedRun run) {
        Sampler sampler = run.sampler();
        List<Double> expected = run.timesteps();
        assertThat(sampler.calls()).isEqualTo(expected.size());
        assertThat(sampler.initNoiseSigma()).isCloseTo(run.initNoiseSigma(), within(1.2e-7 * sampler.initNoiseSigma()));
        for (int call = 0; call < sampler.calls(); call++) {
            double timestep = expected.get(call);
            double allowed = timestep == Math.rint(timestep) && sampler.timestep(call) == timestep ? 0 : 2e-4;
            assertThat(sampler.timestep(call)).as("call %d", call).isCloseTo(timestep, within(allowed));
        }
    }

    /** Each step from the samples that diffusers had there: errors do not add up. */
    @ParameterizedTest
    @MethodSource("runs")
    void takesTheStepsOfDiffusers(RecordedRun run) {
        Sampler sampler = run.sampler();
        int draws = 0;
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray x = run.x(call);
            INDArray output = ReferenceCase.model(sampler.scaleModelInput(call, x), sampler.timestep(call));
            INDArray noise = sampler.drawsNoise(call) ? run.noise(draws++) : null;
            INDArray next = sampler.step(call, output, x, noise).prevSample();
            assertThat(distance(next, run.x(call + 1))).as("call %d", call).isLessThan(cancels(run) ? 6e-6 : 1.5e-6);
        }
        assertThat(draws).isEqualTo(run.draws());
    }

    /** The whole run with the model of the reference. */
    @ParameterizedTest
    @MethodSource("runs")
    void followsTheTrajectoryOfDiffusers(RecordedRun run) {
        Sampler sampler = run.sampler();
        INDArray x = run.x(0);
        int draws = 0;
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray output = ReferenceCase.model(sampler.scaleModelInput(call, x), sampler.timestep(call));
            INDArray noise = sampler.drawsNoise(call) ? run.noise(draws++) : null;
            x = sampler.step(call, output, x, noise).prevSample();
            assertThat(distance(x, run.x(call + 1))).as("call %d", call).isLessThan(cancels(run) ? 1e-5 : 3e-6);
        }
    }

    /** Where diffusers sums large terms of both signs in single precision to find a weight. */
    private static boolean cancels(RecordedRun run) {
        return run.is("DEISMultistepScheduler", "solver_order")
                || run.is("SASolverScheduler", "predictor_order", "corrector_order")
                || run.is("DPMSolverSinglestepScheduler", "algorithm_type", "solver_order", "solver_type");
    }

    /** The largest difference, in parts of the largest expected value. */
    private static double distance(INDArray actual, INDArray expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        INDArray exact = expected.castTo(DataType.DOUBLE);
        return exact.sub(actual.castTo(DataType.DOUBLE)).amaxNumber().doubleValue()
                / exact.amaxNumber().doubleValue();
    }
}
