package org.sd15.pipeline.training.data;

import java.util.List;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/**
 * Captions as tokens, for a text encoder that learns.
 *
 * @param tokenizer knows the words
 */
public record TokenizedCaptions(ClipTokenizer tokenizer) implements Captions {

    @Override
    public Texts of(List<String> captions) {
        return new Texts.Ids(captions.stream()
                .map(caption -> tokenizer.encode(caption).padded())
                .toArray(int[][]::new));
    }
}
