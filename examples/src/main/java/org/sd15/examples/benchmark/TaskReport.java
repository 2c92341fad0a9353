package org.sd15.examples.benchmark;

import org.jspecify.annotations.Nullable;

/**
 * What was found out about a case, whatever the method.
 *
 * @param task the case
 * @param drawn of how many plain drawings of the target are what was asked for; null if nobody can tell
 * @param drawings how many there were
 * @param heatIou intersection over union of the source word's heat map with the truth; null without a word or a truth
 * @param heatEnergy share of the heat map in the truth; null likewise
 * @param area share of the picture that the truth takes: what a map without any knowledge would have as energy; null likewise
 */
public record TaskReport(
        EditTask task,
        @Nullable Integer drawn,
        int drawings,
        @Nullable Double heatIou,
        @Nullable Double heatEnergy,
        @Nullable Double area) {

    /** Whether no plain drawing was what was asked for. */
    public boolean isBeyondTheModel() {
        return drawn != null && drawn == 0;
    }
}
