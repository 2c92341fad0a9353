package org.sd15.spark.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.spark.executor.ModelLocation;

/**
 * The models that learn in this JVM, one for each task at a time: a LoRA of its own over weights that stay in mapped files. A
 * task takes one that no other has, and gives it back for the tasks that follow. They are closed when the JVM ends.
 */
final class ExecutorLearners {

    /** Spark has no other place for what the tasks of an executor share. */
    private static final ExecutorLearners HERE = closedAtTheEnd();

    private final Map<Kind, Deque<Learner>> idle = new HashMap<>();

    /** What two learners have to agree on. */
    record Kind(ModelLocation model, LoraLayers lora) {}

    private ExecutorLearners() {}

    private static ExecutorLearners closedAtTheEnd() {
        ExecutorLearners learners = new ExecutorLearners();
        Runtime.getRuntime().addShutdownHook(new Thread(learners::close, "sd15-learners"));
        return learners;
    }

    private synchronized void close() {
        idle.values().forEach(free -> free.forEach(Learner::close));
        idle.clear();
    }

    /** Those of this JVM. */
    static ExecutorLearners here() {
        return HERE;
    }

    /** A model, and the weights that it was given last. */
    static final class Learner implements AutoCloseable {

        private final ModelFiles files;
        private final TrainingJob job;
        private @Nullable StepWeights last;

        private Learner(Kind kind) throws IOException {
            this.files = ModelFiles.open(kind.model().path());
            this.job = new TrainingJob(files, kind.lora().method(), 0); // what it starts from is overwritten
        }

        /** The result of a pass under some weights. */
        TrainedModel.Result gradient(StepWeights weights, TrainedModel.Pass pass) {
            StepWeights before = last;
            if (before == null || !before.isSame(weights)) {
                weights.putInto(job.model().parameters());
                last = weights;
            }
            return job.model().gradient(pass);
        }

        @Override
        public void close() {
            job.close();
            try {
                files.close();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed.getMessage(), failed);
            }
        }
    }

    /** One that no other task has. */
    Learner take(Kind kind) throws IOException {
        synchronized (this) {
            Deque<Learner> free = idle.get(kind);
            if (free != null && !free.isEmpty()) {
                return free.pop();
            }
        }
        return new Learner(kind);
    }

    /** Gives one back. */
    synchronized void giveBack(Kind kind, Learner learner) {
        idle.computeIfAbsent(kind, any -> new ArrayDeque<>()).push(learner);
    }
}
