package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a stage; null for those that are not set.
 *
 * @param steps sampler steps
 * @param guidance scale of classifier-free guidance
 * @param scheduler its name
 * @param seed of torch's generator
 * @param json all others, as a JSON object
 */
public record StageSettings(
        @Nullable Integer steps,
        @Nullable Double guidance,
        @Nullable String scheduler,
        @Nullable Long seed,
        @Nullable String json) {

    /**
     * All of them in one object.
     *
     * @throws IllegalArgumentException if the others are no JSON object, or have one of those that are set
     */
    public String merged() {
        return object().toString();
    }

    /**
     * Makes sure that they can be read.
     *
     * @param work what they are for
     * @throws IllegalArgumentException if not; the message names the setting
     */
    public void check(RowWork work, RowColumns columns) {
        work.check(object(), columns);
    }

    private ObjectNode object() {
        ObjectNode own = Settings.none();
        if (steps != null) {
            own.put("steps", steps);
        }
        if (guidance != null) {
            own.put("guidance", guidance);
        }
        if (scheduler != null) {
            own.put("scheduler", scheduler);
        }
        if (seed != null) {
            own.put("seed", seed);
        }
        ObjectNode others = Settings.parse(json);
        own.fieldNames().forEachRemaining(name -> {
            if (others.has(name)) {
                throw new IllegalArgumentException(
                        "\"%s\" is a parameter of the stage and stands in its settings too: give one of the two"
                                .formatted(name));
            }
        });
        return Settings.merged(others, own);
    }
}
