package org.sd15.pipeline.training.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sd15.importer.io.AtomicFile;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingStep;

/** Runs a trainer to its end, with a log and checkpoints. */
final class TrainingLoop {

    /** What of a run's folder serves later runs as well: it is of pictures and models, not of a run. */
    private static final Set<String> SHARED = Set.of("cache", "class");

    private static final String RUN = "run.json";

    private final RunPlan plan;
    private final RunFolder folder;
    private final TrainingRecord record;
    private final Checkpoints checkpoints;
    private int saved = -1;

    /** What is done after each step, before the listener is called. */
    @FunctionalInterface
    interface Work {
        void after(int done) throws IOException;
    }

    /**
     * A loop in a folder.
     *
     * @param record what is to be known about the run; goes into the checkpoints
     */
    TrainingLoop(RunPlan plan, RunFolder folder, TrainingRecord record) {
        this.plan = plan;
        this.folder = folder;
        this.record = record;
        this.checkpoints = folder.checkpoints(plan.checkpoints().kept());
    }

    /**
     * Does all steps, or those until the run is stopped, and writes what was learnt if all are done.
     *
     * @param work what is done before the first step and after each
     * @return whether all are done
     */
    boolean run(Trainer trainer, TrainingSession session, Estimate estimate, Work work) throws IOException {
        begin(trainer);
        plan.listener().note(estimate.rest(session.steps() - trainer.done()));
        step(trainer, session, work);
        plan.listener().ended(session);
        if (trainer.skipped() > 0) {
            plan.listener().note("%d steps were skipped, their loss was no number".formatted(trainer.skipped()));
        }
        boolean finished = !trainer.hasNext();
        if (finished && plan.output() != null) {
            session.write(plan.output());
        }
        return finished;
    }

    /** Brings a trainer to its last checkpoint, or moves what an earlier run left aside, if that is wanted. */
    private void begin(Trainer trainer) throws IOException {
        if (plan.start() == RunPlan.Start.RESUMED) {
            resume(trainer);
        } else if (plan.start() == RunPlan.Start.ANEW) {
            folder.moveAside(SHARED)
                    .ifPresent(aside -> plan.listener().note("what an earlier run left is now in " + aside));
        }
        Path file = folder.path().resolve(RUN);
        if (trainer.done() == 0 || !Files.exists(file)) {
            AtomicFile.write(file, (description().toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void resume(Trainer trainer) throws IOException {
        Map<String, String> same = plan.same() == null ? record.fixed() : plan.same();
        Optional<Path> file = checkpoints.resume(
                trainer, same, damaged -> plan.listener().note(damaged + "; going back to the checkpoint before it"));
        if (file.isPresent()) {
            saved = trainer.done();
            plan.listener().note("continuing after step %d, from %s".formatted(trainer.done(), file.get()));
        } else {
            plan.listener().note("no checkpoint to continue from, starting anew");
        }
    }

    /** Says which run the folder is of, for people. */
    private ObjectNode description() {
        ObjectNode description = JsonNodeFactory.instance.objectNode();
        description.put("run", checkpoints.run());
        description.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        ObjectNode settings = description.putObject("settings");
        record.entries().forEach(settings::put);
        return description;
    }

    private void step(Trainer trainer, TrainingSession session, Work work) throws IOException {
        TrainingLog log = new TrainingLog(folder.path(), trainer.done(), session.steps());
        plan.listener().begun(session);
        if (trainer.done() == 0) {
            work.after(0);
        }
        try (TrainingProgress progress = plan.listener().begin("training", trainer.done(), session.steps())) {
            while (trainer.hasNext() && !plan.stop().getAsBoolean()) {
                TrainingStep step = trainer.next();
                log.add(step);
                progress.step("loss %.4f".formatted(step.meanLoss()));
                if (plan.checkpoints().isDue(trainer.done())) {
                    save(trainer, session);
                }
                work.after(trainer.done());
                plan.listener().stepped(step, session);
            }
            if (saved != trainer.done()
                    && (trainer.hasNext() || plan.checkpoints().atEnd())) {
                save(trainer, session);
            }
        }
    }

    private void save(Trainer trainer, TrainingSession session) throws IOException {
        checkpoints.write(trainer, record.entries());
        saved = trainer.done();
        plan.listener().saved(session);
    }
}
