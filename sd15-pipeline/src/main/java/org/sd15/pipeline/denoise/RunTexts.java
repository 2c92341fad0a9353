package org.sd15.pipeline.denoise;

import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.model.Components;

/**
 * The text states of a run, and how the predictions under them are combined.
 *
 * @param guidance for their rows
 * @param contexts {@code [rows, tokens, width]} each, unconditional rows first
 * @param ofCall which of them each call of the model takes; empty if they stay the same
 */
public record RunTexts(RowGuidance guidance, List<INDArray> contexts, List<Integer> ofCall) {

    /**
     * The states of prompts that may be composed by AND, without negative prompts.
     *
     * @param prompts one a picture, the same throughout
     */
    public static RunTexts composed(Components model, RunSettings settings, List<String> prompts) {
        return StyledTexts.of(model, settings, prompts, Collections.nCopies(prompts.size(), ""), 1);
    }

    /** The same states in all calls. */
    public static RunTexts constant(RowGuidance guidance, INDArray context) {
        return new RunTexts(guidance, List.of(context), List.of());
    }

    /**
     * States that may differ from call to call; what is the same in several is made once.
     *
     * @param texts of each call
     * @param encode texts to states of one length
     */
    public static <T> RunTexts scheduled(RowGuidance guidance, List<T> texts, Function<T, INDArray> encode) {
        List<T> distinct = texts.stream().distinct().toList();
        List<INDArray> contexts = distinct.stream().map(encode).toList();
        return contexts.size() == 1
                ? constant(guidance, contexts.get(0))
                : new RunTexts(
                        guidance,
                        contexts,
                        texts.stream().map(distinct::indexOf).toList());
    }

    /** The states of the first call. */
    public INDArray first() {
        return contexts.get(0);
    }

    /** What puts the states of each call in the place of the first ones. */
    public EditProgram program() {
        return new EditProgram() {
            @Override
            public INDArray context(int step, INDArray context) {
                return ofCall.isEmpty() ? context : contexts.get(ofCall.get(step));
            }
        };
    }
}
