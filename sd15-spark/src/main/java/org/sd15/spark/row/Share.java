package org.sd15.spark.row;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import org.sd15.pipeline.words.Window;

/**
 * A part of the steps in JSON: a share up to which, {@code 0.8}, or two, {@code [0.2, 0.8]}.
 *
 * @param window it
 */
record Share(Window window) {

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if it is neither, or no part of the steps
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Share of(JsonNode node) {
        if (node.isNumber()) {
            return new Share(Window.until(node.doubleValue()));
        }
        if (node.size() != 2 || !node.path(0).isNumber() || !node.path(1).isNumber()) {
            throw new IllegalArgumentException(
                    "%s is no part of the steps: give a share from 0 to 1, or two, from and to".formatted(node));
        }
        return new Share(new Window(node.get(0).doubleValue(), node.get(1).doubleValue()));
    }
}
