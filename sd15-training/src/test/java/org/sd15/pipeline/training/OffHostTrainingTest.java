package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.testing.OffHost;
import org.sd15.unet.UNet;

/** Training with the memory, and the optimizer's arithmetic, that it has on a GPU: the same weights, bit by bit. */
class OffHostTrainingTest {

    private static final int STEPS = 3;

    private record Trained(List<Double> losses, List<INDArray> weights) {}

    @Test
    void threeStepsOfAllWeightsAndTheirAverageHaveTheSameBits() {
        Trained planned = train();
        Trained own = OffHost.get(OffHostTrainingTest::train);
        assertThat(own.losses).isEqualTo(planned.losses).hasSize(STEPS);
        assertThat(own.weights).hasSize(2 * 686);
        for (int i = 0; i < own.weights.size(); i++) {
            assertSameBits("weight " + i, own.weights.get(i), planned.weights.get(i));
        }
    }

    private static Trained train() {
        try (UNet unet = TinyUNet.of(TinyUNet.reference(), name -> true, Execution.NATIVE)) {
            TrainedModel model = new UNetTraining(unet, name -> true);
            var settings =
                    TrainingSettings.of(LearningRate.constant(1e-3, STEPS)).averaging(new EmaDecay(0.9, false));
            Trainer trainer = new Trainer(model, new ReferenceBatches(), TinyUNet.epsilon(), settings);
            List<Double> losses = new ArrayList<>();
            trainer.forEachRemaining(step -> losses.add(step.loss()));
            List<INDArray> weights = new ArrayList<>();
            unet.weights().values().forEach(weight -> weights.add(weight.dup('c')));
            trainer.result().values().forEach(weight -> weights.add(weight.dup('c')));
            return new Trained(losses, weights);
        }
    }
}
