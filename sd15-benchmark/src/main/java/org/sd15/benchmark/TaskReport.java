package org.sd15.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about a case, whatever the method.
 *
 * @param task the case
 * @param facts the findings
 */
public record TaskReport(EditTask task, Facts facts) {

    /**
     * The findings; a line of a file.
     *
     * @param task name of the case
     * @param drawn of how many plain drawings of the target are what was asked for; null if nobody can tell
     * @param drawings how many there were
     * @param drawingSeconds what one of them took; null without any
     * @param heatIou intersection over union of the source word's heat map with the truth; null without a word or a truth
     * @param heatEnergy share of the heat map in the truth; null likewise
     * @param area share of the picture that the truth takes: the energy of a map without any knowledge; null likewise
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Facts(
            @JsonProperty("case") String task,
            @Nullable Integer drawn,
            int drawings,
            @JsonProperty("drawing_seconds") @Nullable Double drawingSeconds,
            @JsonProperty("heat_map_iou") @Nullable Double heatIou,
            @JsonProperty("heat_map_energy") @Nullable Double heatEnergy,
            @Nullable Double area) {

        /** What tells it apart. */
        public Object key() {
            return key(task, drawings);
        }

        static Object key(String task, int drawings) {
            return task + " " + drawings;
        }
    }

    /** Whether no plain drawing was what was asked for. */
    public boolean isBeyondTheModel() {
        return facts.drawn != null && facts.drawn == 0;
    }
}
