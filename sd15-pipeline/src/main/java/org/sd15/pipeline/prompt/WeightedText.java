package org.sd15.pipeline.prompt;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.text.ClipTokenizer;

/**
 * A text with the weights of the web UI.
 *
 * @param sections fragments in order; a {@code BREAK} is between two sections
 */
public record WeightedText(List<List<Fragment>> sections) implements PromptText {

    /** Copies the lists. */
    public WeightedText {
        sections = sections.stream().map(List::copyOf).toList();
    }

    @Override
    public INDArray states(PromptEncoder encoder) {
        return encoder.webui(sections);
    }

    @Override
    public int chunks(ClipTokenizer tokenizer) {
        return Chunk.of(tokenizer, sections).size();
    }
}
