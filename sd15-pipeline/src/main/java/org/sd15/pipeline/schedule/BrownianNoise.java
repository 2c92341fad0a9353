package org.sd15.pipeline.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Brownian motion over noise levels that a run's noise is taken from: that of a call is what the motion does from the
 * level of this call to that of the next, divided by the root of their distance, with the sign of a motion that starts
 * at the highest level.
 *
 * @param seed of the motion; null if the run's generator decides
 * @param lowest noise over signal where the motion ends
 * @param highest noise over signal where it starts
 * @param levels noise over signal at every call, descending
 */
public record BrownianNoise(@Nullable Long seed, double lowest, double highest, List<Double> levels) {

    /** Copies the levels. */
    public BrownianNoise {
        levels = List.copyOf(levels);
    }
}
