package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.testing.Rule;

/** Unconditional texts between the empty one and the source's prompt. */
class MixedNegativePromptTest {

    /** Rows: unconditional of source and target, then their prompts. */
    private static final INDArray CONTEXT = Rule.input("mixed.context", DataType.DOUBLE, 4, 5, 3);

    @Test
    void theEndsAreTheSourcesPromptAndTheTextOfTheRun() {
        INDArray prompt = new MixedNegativePrompt(0).context(0, CONTEXT);
        assertSameBits("source", prompt.slice(0), CONTEXT.slice(2));
        assertSameBits("target", prompt.slice(1), CONTEXT.slice(2));
        assertSameBits("the run's", new MixedNegativePrompt(1).context(0, CONTEXT), CONTEXT);
    }

    @Test
    void promptsStayAsTheyAre() {
        var prompts = NDArrayIndex.interval(2, 4);
        INDArray mixed = new MixedNegativePrompt(0.3).context(0, CONTEXT);
        assertSameBits("prompts", mixed.get(prompts), CONTEXT.get(prompts));
    }

    /** A third of the way along a right angle is 30 degrees; lengths of 1 and 2 are mixed by the same sines. */
    @Test
    void thePathIsTheArcOfTheWholeText() {
        INDArray context = Nd4j.zeros(DataType.DOUBLE, 2, 2, 2);
        context.putScalar(new int[] {1, 0, 0}, 1); // the prompt
        context.putScalar(new int[] {0, 1, 1}, 2); // the text of the run
        INDArray expected = Nd4j.zeros(DataType.DOUBLE, 2, 2);
        expected.putScalar(0, 0, Math.sqrt(3) / 2);
        expected.putScalar(1, 1, 1);
        INDArray mixed = new MixedNegativePrompt(1.0 / 3).context(0, context);
        assertClose("a third", mixed.slice(0), expected, 1e-15);
    }

    @Test
    void textsThatAreEqualStayEqual() {
        INDArray same = Nd4j.concat(
                0, CONTEXT.slice(2).reshape(1, 5, 3), CONTEXT.slice(2).reshape(1, 5, 3));
        assertClose("same", new MixedNegativePrompt(0.5).context(0, same), same, 1e-12);
    }

    @Test
    void refusesARatioOutsideAndRowsWithoutGuidance() {
        assertThatThrownBy(() -> new MixedNegativePrompt(1.5)).hasMessageContaining("1.5");
        assertThatThrownBy(() ->
                        new MixedNegativePrompt(0.5).context(0, CONTEXT.slice(0).reshape(1, 5, 3)))
                .hasMessageContaining("guidance above 1");
    }
}
