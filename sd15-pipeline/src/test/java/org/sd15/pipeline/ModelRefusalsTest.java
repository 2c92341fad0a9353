package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Execution;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTextGradient;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Rule;

/** What text encoder, autoencoder and training can't compute with is refused at the entry, in the caller's words. */
class ModelRefusalsTest {

    private static final ClipTextConfig TEXT = new ClipTextConfig(20, 8, 16, 2, 2, 6, 1e-5);
    private static final VaeConfig PICTURE = new VaeConfig(3, 3, 2, List.of(4, 8), 1, 2, 1);

    private static ClipTextEncoder encoder() {
        return new ClipTextEncoder(TEXT, Rule.weights("", DataType.FLOAT));
    }

    private static Vae vae() {
        return new Vae(PICTURE, Rule.weights("vae.", DataType.FLOAT));
    }

    private static INDArray ones(long... shape) {
        return Nd4j.ones(DataType.FLOAT, shape);
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void textsMustBeThereAndOfOneLength() {
        try (ClipTextEncoder encoder = encoder();
                ClipTextGradient gradient = new ClipTextGradient(encoder, name -> true)) {
            assertRefused(encoder::encode, "there is nothing to encode: 0 texts of length 0");
            assertRefused(() -> encoder.encode(new int[0]), "1 texts of length 0");
            String ragged = "the first has 3 tokens, number 2 has 2";
            assertRefused(() -> encoder.encode(new int[] {1, 2, 3}, new int[] {1, 2}), ragged);
            int[][] sameCount = {{1, 2, 3}, {1, 2}, {1, 2, 3, 4}}; // nine tokens, as three of three would be
            assertRefused(() -> encoder.encode(sameCount), ragged);
            assertRefused(() -> gradient.of(sameCount, ones(3, 3, 8)), ragged);
            assertRefused(() -> gradient.of(new int[0][], ones(1, 1, 8)), "there is nothing to encode");
        }
    }

    @Test
    void aCotangentOfStatesIsNotBroadcast() {
        int[][] ids = {{1, 2, 3}, {4, 5, 6}};
        try (ClipTextEncoder encoder = encoder();
                ClipTextGradient gradient = new ClipTextGradient(encoder, name -> true)) {
            assertRefused(
                    () -> gradient.of(ids, ones(1, 3, 8)),
                    "the cotangent of the states has shape [1, 3, 8], must be [2, 3, 8]");
            assertRefused(() -> gradient.of(ids, ones(2, 3, 1)), "must be [2, 3, 8]");
            assertRefused(() -> gradient.of(ids, ones(2, 3, 8).castTo(DataType.INT)), "is of type INT");
        }
    }

    @Test
    void onlyAddedTokensAreReplacedAndByVectorsOfTheirWidth() {
        try (ClipTextEncoder encoder = encoder()) {
            assertRefused(() -> encoder.replaceTokens(20, ones(1, 8)), "those that were added are none");
            int first = encoder.addTokens(ones(2, 8));
            assertRefused(() -> encoder.replaceTokens(3, ones(1, 8)), "tokens 3 to 3 can't be replaced");
            assertRefused(() -> encoder.replaceTokens(first + 1, ones(2, 8)), "those that were added are 20 to 21");
            assertRefused(() -> encoder.replaceTokens(first, ones(2, 1)), "the vectors are [2, 1]");
            assertRefused(() -> encoder.addTokens(ones(1, 8).castTo(DataType.LONG)), "is of type LONG");
            encoder.replaceTokens(first, ones(2, 8));
        }
    }

    @Test
    void picturesAndLatentsMustHoldFloatingPointNumbers() {
        try (Vae vae = vae()) {
            assertRefused(
                    () -> vae.encode(Nd4j.zeros(DataType.UBYTE, 1, 3, 4, 4)), "the array of pictures is of type UBYTE");
            assertRefused(
                    () -> vae.decode(Nd4j.zeros(DataType.BOOL, 1, 2, 2, 2)), "the array of latents is of type BOOL");
            assertRefused(() -> vae.decode(Nd4j.create(DataType.FLOAT, 0, 2, 2, 2)), "no side may be 0");
            assertRefused(() -> vae.encode(ones(1, 3, 4, 4)).sample(ones(1, 1, 2, 2)), "must be [1, 2, 2, 2]");
        }
    }

    @Test
    void theNoiseOfATrainedAutoencoderIsNotBroadcast() {
        try (Vae vae = vae();
                VaeGradient gradient = new VaeGradient(vae, VaeLoss.USUAL)) {
            INDArray pictures = Rule.picture("picture", DataType.FLOAT, 2, 3, 4, 4);
            for (long[] shape : new long[][] {{1, 2, 2, 2}, {2, 1, 2, 2}, {2, 2, 2, 1}}) {
                assertRefused(() -> gradient.of(pictures, ones(shape)), "must be [2, 2, 2, 2]");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HALF", "BFLOAT16"})
    void nothingComputesInHalfPrecision(DataType type) {
        String message = "nothing computes in " + type;
        assertRefused(() -> new ClipTextEncoder(TEXT, Rule.weights("", DataType.FLOAT), type), message);
        assertRefused(() -> new Vae(PICTURE, Rule.weights("", DataType.FLOAT), type, Execution.NATIVE), message);
    }

    /** Reading memory that was given back ends the process. */
    @Test
    void weightsThatWereClosedAreNotRead() {
        String clip = "text_model.final_layer_norm.bias";
        try (ClipTextEncoder encoder = encoder();
                ClipTextGradient gradient = new ClipTextGradient(encoder, name -> true)) {
            encoder.weights().get(clip).close();
            assertClosed(() -> encoder.encode(new int[] {1, 2}), clip);
            assertClosed(() -> gradient.of(new int[][] {{1, 2}}, ones(1, 2, 8)), clip);
        }
        try (Vae vae = vae();
                VaeGradient gradient = new VaeGradient(vae, VaeLoss.USUAL)) {
            vae.weights().get("decoder.conv_out.bias").close();
            assertClosed(() -> vae.decode(ones(1, 2, 2, 2)), "decoder.conv_out.bias");
            assertClosed(() -> vae.encode(ones(1, 3, 4, 4)), "decoder.conv_out.bias");
            assertClosed(() -> gradient.of(ones(1, 3, 4, 4), ones(1, 2, 2, 2)), "decoder.conv_out.bias");
        }
    }

    private static void assertClosed(ThrowingCallable call, String weight) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the weight " + weight + " was closed");
    }
}
