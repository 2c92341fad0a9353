package org.sd15.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingStep;

/**
 * Runs a trainer to its end, with a log and checkpoints.
 *
 * @param options when to write and whether to resume
 * @param record what is to be known about the run; goes into the checkpoints
 */
record TrainerLoop(RunOptions options, Map<String, String> record) {

    /** What of a record may change when a run is resumed; the trainer itself looks at its settings. */
    private static final Set<String> MAY_CHANGE =
            Set.of("sd15.training.steps", "sd15.training.settings", "sd15.training.version");

    /** Sees every step. */
    @FunctionalInterface
    interface Listener {
        void after(TrainingStep step) throws IOException;
    }

    /** Brings a trainer to its last checkpoint, if that is wanted. */
    void resume(Trainer trainer) throws IOException {
        if (!options.resumes()) {
            return;
        }
        Optional<Path> latest = checkpoints().latest();
        if (latest.isPresent()) {
            Map<String, String> same = new LinkedHashMap<>(record);
            same.keySet().removeAll(MAY_CHANGE);
            Checkpoints.restore(latest.get(), trainer, same);
            Console.note("continuing after step %d, from %s", trainer.done(), latest.get());
        } else {
            Console.note("no checkpoint to continue from, starting anew");
        }
    }

    /** Does all steps. */
    void run(Trainer trainer, int steps, Listener listener) throws IOException {
        try (TrainingLog log = new TrainingLog(options.work(), trainer.done(), steps)) {
            while (trainer.hasNext()) {
                TrainingStep step = trainer.next();
                log.add(step);
                if (options.isDue(trainer.done())) {
                    checkpoints().write(trainer, record);
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

    private Checkpoints checkpoints() {
        return new Checkpoints(options.work().resolve("checkpoints"), options.keep());
    }
}
