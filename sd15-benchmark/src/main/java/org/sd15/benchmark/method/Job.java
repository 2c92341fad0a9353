package org.sd15.benchmark.method;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a method is given: all that a user would type, and nothing about where the truth lies.
 *
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}
 * @param source what it shows
 * @param target what it is to show
 * @param sourceWord the word of the source that local blending is about, or null
 * @param targetWord the same of the target, or null
 * @param added concepts that the target has more, as one would type them for LEDITS++
 * @param removed concepts that the source has more
 * @param instruction the same wish as an instruction, for models that follow instructions
 */
public record Job(
        INDArray picture,
        String source,
        String target,
        @Nullable String sourceWord,
        @Nullable String targetWord,
        List<String> added,
        List<String> removed,
        String instruction) {

    /** Copies the lists. */
    public Job {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
    }

    /** Both words, the source's first, if there are both. */
    Optional<List<String>> words() {
        return sourceWord == null || targetWord == null
                ? Optional.empty()
                : Optional.of(List.of(sourceWord, targetWord));
    }
}
