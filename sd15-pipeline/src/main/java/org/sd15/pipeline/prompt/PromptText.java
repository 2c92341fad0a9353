package org.sd15.pipeline.prompt;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.text.ClipTokenizer;

/** What a prompt of the web UI or of compel says at one step of a run: a value that is encoded once. */
public sealed interface PromptText permits WeightedText, CompelPrompt {

    /** The text states, {@code [1, chunks * maxLength, width]}. */
    INDArray states(PromptEncoder encoder);

    /** How many chunks that are. */
    int chunks(ClipTokenizer tokenizer);

    /**
     * The fragments in order, by section; each section begins a chunk.
     *
     * @throws IllegalArgumentException if text states are not those of single words
     */
    List<List<Fragment>> sections();
}
