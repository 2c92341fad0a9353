package org.sd15.pipeline.mask;

import java.util.List;

/**
 * The masks of LEDITS++ around an edit; see {@link MaskedGuidance}. With an inversion that has noise maps, what they
 * don't cover is the given picture.
 *
 * @param words a word or phrase of the source, then of each target; one for all targets is enough
 * @param threshold share of the picture that the masks leave out
 * @param kind which masks
 */
public record MaskSettings(List<String> words, double threshold, MaskKind kind) {

    /** Copies the list. */
    public MaskSettings {
        words = List.copyOf(words);
        if (words.size() < 2) {
            throw new IllegalArgumentException(
                    "a limit needs a word of the source and one of the target, got %s".formatted(words));
        }
    }
}
