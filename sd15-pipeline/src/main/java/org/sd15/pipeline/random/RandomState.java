package org.sd15.pipeline.random;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a {@link TorchRandom} between two draws, to be stored with a run that will be resumed.
 *
 * @param words the 624 words of the Mersenne Twister
 * @param position how many of them are used, 0 to 624
 * @param spareNormal the normal number that waits for the next draw of fewer than 16, if there is one
 */
public record RandomState(
        List<Integer> words, int position, @Nullable Double spareNormal) {

    /** Copies the words and checks them. */
    public RandomState {
        words = List.copyOf(words);
        if (words.size() != MersenneTwister.SIZE || position < 0 || position > MersenneTwister.SIZE) {
            throw new IllegalArgumentException(
                    "random state with %d words at position %d: there must be %d words and a position from 0 to %d"
                            .formatted(words.size(), position, MersenneTwister.SIZE, MersenneTwister.SIZE));
        }
    }
}
