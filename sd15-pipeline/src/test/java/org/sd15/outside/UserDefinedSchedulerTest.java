package org.sd15.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.schedule.CallPlan;
import org.sd15.pipeline.schedule.LinearCombination;
import org.sd15.pipeline.schedule.NoiseLevel;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.Space;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** A scheduler that a user wrote, with what is public. */
class UserDefinedSchedulerTest {

    private static final INDArray CLEAN = Rule.input("user.clean", DataType.DOUBLE, 1, 4, 3, 5);
    private static final INDArray NOISE = Rule.input("user.noise", DataType.DOUBLE, 1, 4, 3, 5);

    /** Steps that are short at the end, each in the direction of the predicted noise. */
    private record QuadraticScheduler(SchedulerConfig config) implements Scheduler {

        @Override
        public NoiseSchedule noiseSchedule() {
            return NoiseSchedule.of(config);
        }

        int timestep(int step, int steps) {
            double left = 1 - (double) step / steps;
            return (int) Math.round(left * left * (noiseSchedule().timesteps() - 1));
        }

        @Override
        public Sampler sampler(int steps, int skippedSteps) {
            List<CallPlan> plans = new ArrayList<>();
            for (int step = skippedSteps; step < steps; step++) {
                int call = plans.size();
                NoiseLevel from = noiseSchedule().level(timestep(step, steps));
                NoiseLevel to = noiseSchedule().level(timestep(step + 1, steps));
                LinearCombination original =
                        config.prediction().original(CallPlan.sample(call), CallPlan.output(call), from);
                LinearCombination epsilon =
                        config.prediction().epsilon(CallPlan.sample(call), CallPlan.output(call), from);
                LinearCombination previous = original.times(to.alpha()).plus(epsilon.times(to.sigma()));
                plans.add(new CallPlan(
                        timestep(step, steps), Space.VARIANCE_PRESERVING, from, original, previous, false));
            }
            return new Sampler("QuadraticScheduler", 1, plans);
        }
    }

    /** If all pictures are one picture, the exact prediction is the noise that is in the sample, and every step is exact. */
    @Test
    void goesStraightToTheOnlyPictureThatThereIs() {
        var scheduler = new QuadraticScheduler(SchedulerConfig.sd15());
        Sampler sampler = scheduler.sampler(7, 2);
        assertThat(sampler.calls()).isEqualTo(5);
        INDArray x = sampler.addNoise(CLEAN, NOISE, 0);
        for (int call = 0; call < sampler.calls(); call++) {
            NoiseLevel level = sampler.level(call);
            INDArray epsilon = x.sub(CLEAN.mul(level.alpha())).div(level.sigma());
            x = sampler.step(call, epsilon, x, null).prevSample();
        }
        NoiseLevel end = scheduler.noiseSchedule().level(0);
        assertClose("end", x, CLEAN.mul(end.alpha()).add(NOISE.mul(end.sigma())), 1e-13);
    }

    @Test
    void drawsLikeAnyOther() throws Exception {
        try (StableDiffusion model = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"))) {
            var scheduler = new QuadraticScheduler(model.scheduler().config());
            var run = GenerationRequest.of("a red circle")
                    .scheduler(scheduler)
                    .steps(3)
                    .build()
                    .on(model);
            List<Double> timesteps = new ArrayList<>();
            INDArray latents = run.finish(step -> timesteps.add(step.timestep()));
            assertThat(timesteps).containsExactly(999.0, 444.0, 111.0);
            assertThat(latents.shape()).containsExactly(1, 4, 16, 16);
        }
    }

    private static Sampler sampler(LinearCombination previous, boolean drawsNoise) {
        NoiseLevel level = NoiseLevel.ofAlphaCumprod(0.5);
        LinearCombination sample = CallPlan.sample(0);
        return new Sampler(
                "Mine", 1, List.of(new CallPlan(10, Space.VARIANCE_PRESERVING, level, sample, previous, drawsNoise)));
    }

    @Test
    void aPlanThatNobodyCanCarryOutIsRefused() {
        assertThatThrownBy(() -> sampler(CallPlan.sample(1), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Mine, call 0 (timestep 10.0): the plan builds on")
                .hasMessageContaining("call=1");
        assertThatThrownBy(() -> sampler(CallPlan.output(-1), false)).hasMessageContaining("call=-1");
        assertThatThrownBy(() -> sampler(CallPlan.noise(0), false)).hasMessageContaining("NOISE");
        assertThatThrownBy(() -> sampler(CallPlan.correctedSample(0), false)).hasMessageContaining("CORRECTED_SAMPLE");
        assertThat(sampler(CallPlan.noise(0), true).noiseScale(0)).isEqualTo(1);
    }
}
