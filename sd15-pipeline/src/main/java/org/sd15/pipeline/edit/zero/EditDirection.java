package org.sd15.pipeline.edit.zero;

import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptStyle;

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
        return between(model, PromptStyle.PLAIN, sources, targets);
    }

    /**
     * The direction between two lists of sentences that are written in a style; shorter ones are filled up to the longest.
     *
     * @throws IllegalArgumentException if a list is empty, or a sentence is not of one text
     */
    public static EditDirection between(
            DiffusionModel model, PromptStyle style, List<String> sources, List<String> targets) {
        if (sources.isEmpty() || targets.isEmpty()) {
            throw new IllegalArgumentException("a direction between %d sentences and %d: both need at least one"
                    .formatted(sources.size(), targets.size()));
        }
        ConstantTexts texts = new ConstantTexts(model.components(), style);
        int tokens = Math.max(texts.tokens(sources), texts.tokens(targets));
        return new EditDirection(mean(texts, targets, tokens).subi(mean(texts, sources, tokens)));
    }

    /** The tokens that it is for. */
    int tokens() {
        return Math.toIntExact(values.size(0));
    }

    /**
     * For text states of several chunks: a direction of one chunk is added to each, as each is a prompt of its own.
     *
     * @param tokens of the text states
     * @return {@code [1, tokens, width]}
     * @throws IllegalArgumentException if it is of another length, and not of one chunk
     */
    INDArray over(int tokens, int chunk) {
        if (tokens() != tokens && (tokens() != chunk || tokens % chunk != 0)) {
            throw new IllegalArgumentException(
                    "the direction is of %d tokens, the text states have %d: it must be of as many, or of one chunk, %d"
                            .formatted(tokens(), tokens, chunk));
        }
        INDArray one = values.reshape(1, values.size(0), values.size(1));
        return Nd4j.concat(1, Collections.nCopies(tokens / tokens(), one).toArray(INDArray[]::new));
    }

    private static INDArray mean(ConstantTexts texts, List<String> sentences, int tokens) {
        INDArray sum = null;
        for (String sentence : sentences) {
            INDArray states = texts.encode(List.of(sentence), 0, tokens).slice(0);
            sum = sum == null ? states.dup('c') : sum.addi(states);
        }
        return java.util.Objects.requireNonNull(sum).divi(sentences.size());
    }
}
