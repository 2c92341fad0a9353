package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.training.data.NoiseSettings;

/** Batches and settings that make no sense are refused before anything is computed with them. */
class TrainingMistakesTest {

    private static INDArray ones(long... shape) {
        return Nd4j.ones(DataType.FLOAT, shape);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void theNoiseOfABatchIsNotBroadcast() {
        INDArray latents = ones(2, 4, 8, 8);
        int[] times = {1, 2};
        var texts = new TrainingBatch.Texts.States(ones(2, 7, 12));
        assertRefused(
                () -> TrainingBatch.of(latents, ones(1, 4, 8, 8), times, texts),
                "a batch's noise has shape [1, 4, 8, 8], must be [2, 4, 8, 8]");
        assertRefused(
                () -> new TrainingBatch(latents, latents, ones(2, 1, 8, 8), times, texts, 0, 1),
                "what a batch's latents are mixed with has shape [2, 1, 8, 8]");
        assertRefused(() -> TrainingBatch.of(latents, latents, new int[1], texts), "1 time steps does not fit");
    }

    @Test
    void anInfiniteNoiseOffsetIsRefused() {
        assertRefused(() -> new NoiseSettings(Double.POSITIVE_INFINITY, 0, 10), "offset Infinity");
    }
}
