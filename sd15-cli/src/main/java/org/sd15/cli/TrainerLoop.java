package org.sd15.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sd15.cli.report.TextFile;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingStep;

/** Runs a trainer to its end, with a log and checkpoints. */
final class TrainerLoop {

    /** What of a record may change when a run is resumed; the trainer itself looks at its settings. */
    private static final Set<String> MAY_CHANGE =
            Set.of("sd15.training.steps", "sd15.training.settings", "sd15.training.version");

    private static final String RUN = "run.json";

    private final RunOptions options;
    private final RunFolder folder;
    private final Map<String, String> record;
    private final Checkpoints checkpoints;

    /** Sees every step. */
    @FunctionalInterface
    interface Listener {
        void after(TrainingStep step) throws IOException;
    }

    /**
     * A loop in a folder.
     *
     * @param options when to write and whether to resume
     * @param record what is to be known about the run; goes into the checkpoints
     */
    TrainerLoop(RunOptions options, RunFolder folder, Map<String, String> record) {
        this.options = options;
        this.folder = folder;
        this.record = record;
        this.checkpoints = folder.checkpoints(options.keep());
    }

    /** Brings a trainer to its last checkpoint, or moves what an earlier run left aside, if that is wanted. */
    void begin(Trainer trainer) throws IOException {
        if (options.resumes()) {
            resume(trainer);
        } else if (options.startsAnew()) {
            folder.moveAside(RunOptions.SHARED)
                    .ifPresent(aside -> Console.note("what an earlier run left is now in %s", aside));
        }
        Path file = folder.path().resolve(RUN);
        if (trainer.done() == 0 || !Files.exists(file)) {
            TextFile.write(file, description().toPrettyString() + "\n");
        }
    }

    private void resume(Trainer trainer) throws IOException {
        Map<String, String> same = new LinkedHashMap<>(record);
        same.keySet().removeAll(MAY_CHANGE);
        Optional<Path> file = checkpoints.resume(
                trainer, same, damaged -> Console.note("%s; going back to the checkpoint before it", damaged));
        if (file.isPresent()) {
            Console.note("continuing after step %d, from %s", trainer.done(), file.get());
        } else {
            Console.note("no checkpoint to continue from, starting anew");
        }
    }

    /** Says which run the folder is of, for people. */
    private ObjectNode description() {
        ObjectNode description = JsonNodeFactory.instance.objectNode();
        description.put("run", checkpoints.run());
        description.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        ObjectNode settings = description.putObject("settings");
        record.forEach(settings::put);
        return description;
    }

    /** Does all steps. */
    void run(Trainer trainer, int steps, Listener listener) throws IOException {
        try (TrainingLog log = new TrainingLog(folder.path(), trainer.done(), steps)) {
            while (trainer.hasNext()) {
                TrainingStep step = trainer.next();
                log.add(step);
                if (options.isDue(trainer.done())) {
                    checkpoints.write(trainer, record);
                    log.draw();
                }
                listener.after(step);
            }
            log.draw();
        }
        if (trainer.skipped() > 0) {
            Console.note("%d steps were skipped, their loss was no number", trainer.skipped());
        }
    }
}
