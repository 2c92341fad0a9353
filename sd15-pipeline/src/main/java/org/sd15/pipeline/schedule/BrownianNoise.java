package org.sd15.pipeline.schedule;

import java.util.ArrayList;
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

    /**
     * The motion of a run with two calls a step, the second at the geometric mean of the levels, and one at the end. What
     * a motion does hangs on the last bit of a time, and diffusers takes the levels to logarithms and back in single
     * precision; see {@link BrownianTimes}.
     */
    static BrownianNoise over(SigmaGrid grid, int skippedSteps, @Nullable Long seed) {
        List<Double> levels = new ArrayList<>();
        int last = grid.steps() - 1;
        for (int step = skippedSteps; step < last; step++) {
            float here = logarithm(grid, step);
            levels.add(exponential(here));
            levels.add(exponential(here + (logarithm(grid, step + 1) - here) * 0.5f));
        }
        levels.add(exponential(logarithm(grid, last)));
        return new BrownianNoise(seed, time(grid.level(last)), time(grid.level(0)), levels);
    }

    private static float logarithm(SigmaGrid grid, int step) {
        return (float) Math.log((float) grid.level(step).ratio());
    }

    private static double exponential(float logarithm) {
        return BrownianTimes.asTorch((float) Math.exp(logarithm));
    }

    private static double time(NoiseLevel level) {
        return BrownianTimes.asTorch((float) level.ratio());
    }
}
