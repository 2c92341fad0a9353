package org.sd15.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sd15.pipeline.training.TrainingSettings;

/** What is to be known about a training; goes into the metadata of what it writes. */
final class TrainingRecord {

    private TrainingRecord() {}

    /** What all trainings have to say. */
    static Map<String, String> of(
            String method, String model, PictureOptions pictures, TrainingSettings settings, RunOptions run) {
        Map<String, String> record = new LinkedHashMap<>();
        record.put("sd15.training.method", method);
        record.put("sd15.training.model", model);
        record.put("sd15.training.batch", String.valueOf(pictures.batch()));
        record.put("sd15.training.settings", settings.toString());
        record.put("sd15.training.seed", String.valueOf(run.seed()));
        record.put("sd15.training.version", Versions.all());
        return record;
    }
}
