package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** The small parts of the loop, each against a closed form or published numbers. */
class PartsTest {

    /** Two steps of AdamW by hand, in float64. */
    @Test
    void adamWFollowsItsFormula() {
        INDArray weight = Nd4j.createFromArray(2.0, -3.0);
        AdamW adam = new AdamW(new AdamWSettings(0.8, 0.9, 0.1, 0.5), Map.of("w", weight));
        double[] expected = {2, -3};
        double[] first = {0, 0};
        double[] second = {0, 0};
        double[][] gradients = {{1, -4}, {-2, 0.5}};
        for (int k = 1; k <= 2; k++) {
            Gradients sum = new Gradients();
            sum.add(Map.of("w", Nd4j.createFromArray(gradients[k - 1]).mul(2)));
            adam.step(Map.of("w", weight), sum, 0.5, 0.01);
            for (int i = 0; i < 2; i++) {
                double gradient = gradients[k - 1][i];
                first[i] = 0.8 * first[i] + 0.2 * gradient;
                second[i] = 0.9 * second[i] + 0.1 * gradient * gradient;
                double mean = first[i] / (1 - Math.pow(0.8, k));
                double root = Math.sqrt(second[i] / (1 - Math.pow(0.9, k)));
                expected[i] = expected[i] * (1 - 0.01 * 0.5) - 0.01 * mean / (root + 0.1);
                assertThat(weight.getDouble(i)).isCloseTo(expected[i], within(1e-14));
            }
        }
    }

    @Test
    void gradientsAreClippedByTheirCommonNorm() {
        try (Gradients gradients = new Gradients()) {
            gradients.add(Map.of("a", Nd4j.createFromArray(3.0), "b", Nd4j.createFromArray(0.0, 4.0)));
            gradients.add(Map.of("a", Nd4j.createFromArray(3.0), "b", Nd4j.createFromArray(0.0, 4.0)));
            assertThat(gradients.norm()).isCloseTo(10, within(1e-12));
        }
        assertThat(Gradients.clip(10, 20)).isEqualTo(1);
        assertThat(Gradients.clip(10, 2)).isCloseTo(0.2 / (1 + 1e-7), within(1e-15));
    }

    /**
     * On float arrays it works a stretch at a time, in several threads where they are long; the same operations on whole
     * arrays, which those of another type take, round the same way up to float32.
     */
    @Test
    void adamWIsTheSameOnFloatsAsOnDoubles() {
        INDArray start = Nd4j.randn(DataType.DOUBLE, 3, 100_001);
        INDArray floats = start.castTo(DataType.FLOAT);
        INDArray doubles = floats.castTo(DataType.DOUBLE);
        var settings = new AdamWSettings(0.9, 0.999, 1e-8, 0.01);
        AdamW ofFloats = new AdamW(settings, Map.of("w", floats));
        AdamW ofDoubles = new AdamW(settings, Map.of("w", doubles));
        for (int k = 0; k < 3; k++) {
            INDArray gradient = Nd4j.randn(DataType.FLOAT, 3, 100_001);
            step(ofDoubles, doubles, gradient.castTo(DataType.DOUBLE));
            step(ofFloats, floats, gradient);
        }
        INDArray change = doubles.sub(start.castTo(DataType.FLOAT).castTo(DataType.DOUBLE));
        double off = floats.castTo(DataType.DOUBLE).sub(doubles).norm2Number().doubleValue();
        assertThat(off / change.norm2Number().doubleValue()).isLessThan(2e-5); // 1e-7 of values of 1, changed by 0.03
    }

    /** A row of a table is changed where it lies, and the rows around it stay. */
    @Test
    void adamWChangesAPartOfAnArrayInPlace() {
        INDArray table = Nd4j.ones(DataType.FLOAT, 3, 5);
        INDArray row = table.getRow(1);
        AdamW adam = new AdamW(new AdamWSettings(0.9, 0.999, 1e-8, 0), Map.of("w", row));
        step(adam, row, Nd4j.ones(DataType.FLOAT, 5));
        assertThat(table.getRow(0)).isEqualTo(Nd4j.ones(DataType.FLOAT, 5));
        assertThat(table.getRow(2)).isEqualTo(Nd4j.ones(DataType.FLOAT, 5));
        for (int i = 0; i < 5; i++) {
            assertThat(table.getDouble(1, i)).isCloseTo(0.99, within(1e-6)); // the first step is the learning rate
        }
    }

    private static void step(AdamW adam, INDArray weight, INDArray gradient) {
        Gradients gradients = new Gradients();
        gradients.add(Map.of("w", gradient));
        adam.step(Map.of("w", weight), gradients, 0.7, 0.01);
    }

    /** Numbers of {@code diffusers.optimization.get_scheduler}: peak 1, 2 steps of warm-up, 6 in all. */
    @Test
    void learningRatesAreDiffusers() {
        assertThat(rates(Shape.CONSTANT)).containsExactly(0, 0.5, 1, 1, 1, 1);
        assertThat(rates(Shape.LINEAR)).containsExactly(0, 0.5, 1, 0.75, 0.5, 0.25);
        double high = 0.5 + Math.sqrt(0.125);
        assertThat(rates(Shape.COSINE)).containsExactly(new double[] {0, 0.5, 1, high, 0.5, 1 - high}, within(1e-15));
    }

    /** Six steps, of which the last 1.2 fall. */
    @Test
    void aLateDecayIsALineInTheLastFifth() {
        assertThat(rates(Shape.LATE_DECAY)).containsExactly(new double[] {0, 0.5, 1, 1, 1, 1 / 1.2}, within(1e-15));
        LearningRate rate = new LearningRate(Shape.LATE_DECAY, 2, 10, 100);
        assertThat(rate.at(80)).isEqualTo(2);
        assertThat(rate.at(90)).isEqualTo(1);
        assertThat(rate.at(100)).isZero();
    }

    /** What was done before the rate began to fall stays right, whatever the new length. */
    @Test
    void aRunWithALateDecayMayBeMadeLongerBeforeItBeginsToFall() {
        LearningRate planned = new LearningRate(Shape.LATE_DECAY, 2, 10, 100);
        LearningRate longer = new LearningRate(Shape.LATE_DECAY, 2, 10, 300);
        for (int step = 0; step <= 80; step++) {
            assertThat(longer.at(step)).isEqualTo(planned.at(step));
        }
    }

    private static double[] rates(Shape shape) {
        LearningRate rate = new LearningRate(shape, 1, 2, 6);
        return IntStream.range(0, 6).mapToDouble(rate::at).toArray();
    }

    /** Numbers of {@code diffusers.training_utils.EMAModel.get_decay}. */
    @Test
    void theDecayOfTheAverageRampsUpAsInDiffusers() {
        EmaDecay ramp = new EmaDecay(0.9999, true);
        assertThat(ramp.after(1)).isZero();
        assertThat(ramp.after(2)).isCloseTo(2.0 / 11, within(1e-15));
        assertThat(ramp.after(1_000_000)).isEqualTo(0.9999);
        assertThat(new EmaDecay(0.9, false).after(1)).isEqualTo(0.9);
    }

    /** Gamma 5 in Stable Diffusion 1.5's noise schedule; numbers from the schedule in float64, ours is float32 as diffusers'. */
    @Test
    void minSnrWeighsTimeSteps() {
        Objective objective = new Objective(TinyUNet.schedule(), PredictionType.EPSILON, new LossWeighting.MinSnr(5));
        assertThat(objective.weight(1)).isCloseTo(0.0085344, within(3e-6));
        assertThat(objective.weight(100)).isCloseTo(0.5914434, within(3e-6));
        assertThat(objective.weight(500)).isEqualTo(1);
        Objective velocity =
                new Objective(TinyUNet.schedule(), PredictionType.V_PREDICTION, new LossWeighting.MinSnr(5));
        double signal = 0.276332684;
        assertThat(velocity.weight(500)).isCloseTo(signal, within(3e-6));
    }

    /** Numbers of {@code tools/reference/train_shapes.py}: (1 / snr) clamped to 1 and 20, over its mean. */
    @Test
    void highNoiseWeighsTheLaterTimeSteps() {
        Objective objective =
                new Objective(TinyUNet.schedule(), PredictionType.EPSILON, new LossWeighting.HighNoise(20));
        assertThat(objective.weight(0)).isCloseTo(0.135249905, within(1e-6));
        assertThat(objective.weight(500)).isCloseTo(0.354196399, within(1e-5));
        assertThat(objective.weight(999)).isCloseTo(2.7049981, within(1e-5));
        assertThat(IntStream.range(0, 1000)
                        .mapToDouble(objective::weight)
                        .average()
                        .orElseThrow())
                .isCloseTo(1, within(1e-12));
        assertThatThrownBy(() -> new LossWeighting.HighNoise(0.5)).hasMessageContaining("must be at least 1");
    }

    @Test
    void theLossOfDreamBoothIsTheSumOfTwoMeans() {
        INDArray latents = Nd4j.zeros(3, 4, 2, 2);
        Texts texts = new Texts.Ids(new int[3][2]);
        var batch = new TrainingBatch(latents, latents, latents, new int[] {1, 2, 3}, texts, 1, 0.5);
        double[] weights = batch.weights(TinyUNet.epsilon());
        assertThat(weights).containsExactly(new double[] {1.5, 1.5, 1.5}, within(1e-15)); // (1.5 a + 1.5 b + 1.5 c) / 3
        assertThatThrownBy(() -> new TrainingBatch(latents, latents, latents, new int[] {1, 2, 3}, texts, 3, 1))
                .hasMessageContaining("one of the subject is needed");
    }

    /** Counts of Stable Diffusion 1.5: 128 modules of rank 4 have 797,184 parameters. */
    @Test
    void targetsOfStableDiffusion15() {
        assertThat(modules(AdaptedLayers.ATTENTION)).isEqualTo(128);
        assertThat(modules(AdaptedLayers.CROSS_ATTENTION)).isEqualTo(64);
        assertThat(modules(AdaptedLayers.TRANSFORMERS)).isEqualTo(192);
        assertThat(modules(AdaptedLayers.of("to_q, ff.net.2"))).isEqualTo(48);
        assertThat(modules(AdaptedLayers.of("nothing"))).isZero();
        assertThat(specs(AdaptedLayers.ATTENTION)
                        .filter(spec -> AdaptedLayers.isLora(spec.name()))
                        .mapToLong(ParameterSpec::length)
                        .sum())
                .isEqualTo(797_184);
    }

    private static long modules(Predicate<String> targets) {
        return specs(targets).filter(spec -> spec.name().endsWith(LowRank.UP)).count();
    }

    private static Stream<ParameterSpec> specs(Predicate<String> targets) {
        return UNet.parameters(UNetConfig.sd15(), Adapters.on(targets, new LowRank(4, 4))).stream();
    }
}
