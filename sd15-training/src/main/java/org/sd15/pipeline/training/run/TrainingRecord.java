package org.sd15.pipeline.training.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What is to be known about a training; goes into its checkpoints and the metadata of what it writes. */
final class TrainingRecord {

    static final String DATA = "data";
    static final String PICTURES = "pictures";
    static final String LEARNS = "learns";
    static final String STEPS = "steps";

    private static final String PREFIX = "sd15.training.";

    /** What may change when a run is resumed; the trainer itself looks at its settings. */
    private static final Set<String> MAY_CHANGE = Set.of(PREFIX + STEPS, PREFIX + "settings", PREFIX + "version");

    private final Map<String, String> entries = new LinkedHashMap<>();

    /** Adds what all trainings have to say. */
    TrainingRecord describe(String method, String model, TrainingPlan plan) {
        return put("method", method)
                .put("model", model)
                .put("batch", plan.data().batch())
                .put("settings", plan.settings())
                .put("seed", plan.run().seed())
                .put("version", SoftwareVersions.all());
    }

    /** Adds an entry. */
    TrainingRecord put(String key, Object value) {
        entries.put(PREFIX + key, value.toString());
        return this;
    }

    /** Adds entries of the user's own, under their own keys. */
    TrainingRecord putAll(Map<String, String> more) {
        entries.putAll(more);
        return this;
    }

    /** All of it. */
    Map<String, String> entries() {
        return entries;
    }

    /** All of it at some step. */
    Map<String, String> after(int steps) {
        Map<String, String> now = new LinkedHashMap<>(entries);
        now.put(PREFIX + STEPS, String.valueOf(steps));
        return now;
    }

    /** What has to be as it was when the run is resumed. */
    Map<String, String> fixed() {
        Map<String, String> fixed = new LinkedHashMap<>(entries);
        fixed.keySet().removeAll(MAY_CHANGE);
        return fixed;
    }
}
