package org.sd15.pipeline.denoise;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The text states of a run, and how the predictions under them are combined.
 *
 * @param guidance for their rows
 * @param contexts {@code [rows, tokens, width]} each, unconditional rows first
 * @param ofCall which of them each call of the model takes; empty if they stay the same
 */
record RunTexts(RowGuidance guidance, List<INDArray> contexts, List<Integer> ofCall) {

    static RunTexts constant(RowGuidance guidance, INDArray context) {
        return new RunTexts(guidance, List.of(context), List.of());
    }

    /** The states of the first call. */
    INDArray first() {
        return contexts.get(0);
    }

    /** What puts the states of each call in the place of the first ones. */
    EditProgram program() {
        return new EditProgram() {
            @Override
            public INDArray context(int step, INDArray context) {
                return ofCall.isEmpty() ? context : contexts.get(ofCall.get(step));
            }
        };
    }
}
