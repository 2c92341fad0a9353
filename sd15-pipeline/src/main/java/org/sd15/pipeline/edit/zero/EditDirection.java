package org.sd15.pipeline.edit.zero;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * What leads from one concept to another among text states: the mean over sentences that have the one, taken from the mean
 * over sentences that have the other. No prompt of the edited picture is needed.
 *
 * @param values {@code [tokens, width]}, to be added to text states
 */
public record EditDirection(INDArray values) {

    /**
     * The direction between two lists of sentences. Published: about a thousand each, written by a language model.
     *
     * @throws IllegalArgumentException if a list is empty
     */
    public static EditDirection between(DiffusionModel model, List<String> sources, List<String> targets) {
        if (sources.isEmpty() || targets.isEmpty()) {
            throw new IllegalArgumentException("a direction between %d sentences and %d: both need at least one"
                    .formatted(sources.size(), targets.size()));
        }
        return new EditDirection(mean(model.components(), targets).subi(mean(model.components(), sources)));
    }

    private static INDArray mean(Components model, List<String> sentences) {
        INDArray sum = null;
        for (String sentence : sentences) {
            INDArray states = model.encode(List.of(sentence), 0).slice(0);
            sum = sum == null ? states.dup('c') : sum.addi(states);
        }
        return java.util.Objects.requireNonNull(sum).divi(sentences.size());
    }
}
