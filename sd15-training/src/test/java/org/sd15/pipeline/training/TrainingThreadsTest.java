package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.Elsewhere;
import org.sd15.unet.UNet;

/** A training and several threads. */
class TrainingThreadsTest {

    private static final String TRAINED = "conv_in.bias";

    private static Trainer trainer(UNet unet, BatchSource batches) {
        TrainingSettings settings = TrainingSettings.of(LearningRate.constant(1e-3, 10));
        return new Trainer(new UNetTraining(unet, TRAINED::equals), batches, TinyUNet.epsilon(), settings);
    }

    /** It would write into the weights that another handle draws with. */
    @Test
    void whatIsSharedIsNotTrained() {
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), TRAINED::equals)) {
            Trainer trainer = trainer(unet, new DrawnBatches(5));
            INDArray before = unet.weights().get(TRAINED).dup();
            try (UNet shared = unet.share()) {
                assertThatThrownBy(trainer::next)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the UNet shares its weights with 1 other");
                assertSameBits("weight", shared.weights().get(TRAINED), before);
            }
            trainer.next();
            assertThat(unet.weights().get(TRAINED)).isNotEqualTo(before);
        }
    }

    @Test
    void aStepIsRefusedWhileAnotherThreadIsInTheModel() throws Exception {
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), TRAINED::equals)) {
            Trainer trainer = trainer(unet, new DrawnBatches(5));
            Elsewhere.during(
                    unet.access(),
                    () -> assertThatThrownBy(trainer::next)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("the UNet is in use by thread " + Elsewhere.NAME));
            assertThat(trainer.done()).isZero();
        }
    }

    /** Batches that let another thread at the training while it is in a step. */
    private static final class Disturbed implements BatchSource {

        private final DrawnBatches batches = new DrawnBatches(5);
        private Runnable disturbance = () -> {};

        @Override
        public TrainingBatch next() {
            disturbance.run();
            return batches.next();
        }

        @Override
        public void save(TrainingState into) {
            batches.save(into);
        }

        @Override
        public void restore(TrainingState from) {
            batches.restore(from);
        }
    }

    @Test
    void aTrainingIsForOneThreadAtATime() {
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), TRAINED::equals)) {
            var batches = new Disturbed();
            Trainer trainer = trainer(unet, batches);
            TrainingState state = new TrainingState();
            trainer.save(state);
            batches.disturbance = () -> elsewhere(() -> {
                assertRefused(trainer::next);
                assertRefused(() -> trainer.save(new TrainingState()));
                assertRefused(() -> trainer.restore(state));
            });
            trainer.next();
            assertThat(trainer.done()).isEqualTo(1);
        }
    }

    private static void assertRefused(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the training is in use by thread");
    }

    private static void elsewhere(Runnable work) {
        try {
            Elsewhere.now(work);
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }
}
