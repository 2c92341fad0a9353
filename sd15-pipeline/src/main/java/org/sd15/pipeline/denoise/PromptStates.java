package org.sd15.pipeline.denoise;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Text states of the user's own in the place of prompts.
 *
 * @param states {@code [1 or pictures, tokens, width]}
 * @param negative likewise, with as many tokens; null for those of the negative prompts
 */
public record PromptStates(INDArray states, @Nullable INDArray negative) {

    /** Checks the shapes as far as they can be without a model. */
    public PromptStates {
        requireThree(states);
        if (negative != null) {
            requireThree(negative);
        }
        if (negative != null && (negative.size(1) != states.size(1) || negative.size(2) != states.size(2))) {
            throw new IllegalArgumentException(
                    "prompt states have %d tokens of width %d, the negative ones %d of width %d: fill the shorter ones up"
                            .formatted(states.size(1), states.size(2), negative.size(1), negative.size(2)));
        }
    }

    private static void requireThree(INDArray states) {
        if (states.rank() != 3) {
            throw new IllegalArgumentException(
                    "prompt states are [pictures, tokens, width], these have %d dimensions".formatted(states.rank()));
        }
    }
}
