package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The passes of a step may be computed anywhere and in any order; what they give is added in the order of the batches. */
class StepGradientsTest {

    private static final int PASSES = 3;

    /** In float32 (1e8 + 1) - 1e8 is 0, and any order in which the large ones meet first gives 1. */
    private static final float[] GRADIENTS = {1e8f, 1, -1e8f};

    /** One number, whose gradients are known by the number of the pass. */
    private static final class Elsewhere implements TrainedModel {

        private final INDArray weight = Nd4j.createFromArray(0f);
        private final List<Pass> seen = new ArrayList<>();

        @Override
        public Map<String, INDArray> parameters() {
            return Map.of("unet.weight", weight);
        }

        @Override
        public Result gradient(Pass pass) {
            int number = seen.indexOf(pass);
            return new Result(
                    number, List.of(0.0, 0.0), Map.of("unet.weight", Nd4j.createFromArray(GRADIENTS[number])));
        }

        @Override
        public Iterator<Result> gradients(List<Pass> passes) {
            seen.addAll(passes);
            List<Pass> backwards = new ArrayList<>(passes);
            Collections.reverse(backwards);
            List<Result> results =
                    new ArrayList<>(backwards.stream().map(this::gradient).toList());
            Collections.reverse(results);
            return results.iterator();
        }
    }

    @Test
    void areAddedInTheOrderOfTheBatches() {
        var model = new Elsewhere();
        TrainingSettings settings =
                TrainingSettings.of(LearningRate.constant(1e-3, 1)).accumulating(PASSES);
        TrainingStep step = new Trainer(model, new DrawnBatches(5), TinyUNet.epsilon(), settings).next();

        assertThat(step.gradientNorm()).isZero();
        assertThat(step.batchLosses()).containsExactly(0.0, 1.0 * PASSES, 2.0 * PASSES);
        assertThat(step.pictures()).isEqualTo(2 * PASSES);
        var batches = new DrawnBatches(5);
        for (TrainedModel.Pass pass : model.seen) {
            TrainingBatch batch = batches.next();
            assertThat(pass.target()).isEqualTo(batch.noise());
            assertThat(pass.timesteps()).isEqualTo(batch.timesteps());
            assertThat(pass.weights()).containsOnly(1.0 / PASSES);
        }
    }
}
