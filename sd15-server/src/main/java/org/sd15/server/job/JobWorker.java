package org.sd15.server.job;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.sd15.server.job.Job.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the jobs of a queue, one after the other: the one thread that the model belongs to. */
final class JobWorker implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final JobQueue queue;
    private final JobFolder folder;
    private final ModelShelf shelf;
    private final JobEvents events;

    JobWorker(JobQueue queue, JobFolder folder, ModelShelf shelf, JobEvents events) {
        this.queue = queue;
        this.folder = folder;
        this.shelf = shelf;
        this.events = events;
    }

    @Override
    public void run() {
        try {
            shelf.use(shelf.selected(), List.of());
        } catch (IOException | RuntimeException | Error problem) {
            LOG.error("the model can't be loaded: {}", problem.toString());
        }
        try {
            for (Job job = queue.next(); job != null; job = queue.next()) {
                run(job);
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        } finally {
            shelf.close();
        }
    }

    private void run(Job job) {
        try {
            Task task = job.task();
            String model = job.document().path("request").path("model").asText(shelf.selected());
            LoadedModel loaded = shelf.use(model, task.common().loras(task.prompts()));
            TaskRun run = new TaskRun(job, loaded, events, folder, queue::isStopping);
            task.check(loaded.model());
            task.run(run);
            run.pause();
            for (Map.Entry<String, byte[]> file : run.made().entrySet()) {
                folder.write(job.id(), file.getKey(), file.getValue());
            }
            job.results(run.files(), run.result());
            queue.end(job, job.isInterrupted() ? State.CANCELLED : State.DONE, null, null);
        } catch (CancellationException asked) {
            if (job.isCancelled() || job.isInterrupted()) {
                queue.end(job, State.CANCELLED, null, null);
            } else {
                queue.putBack(job);
            }
        } catch (FieldProblem problem) {
            queue.end(job, State.FAILED, problem.getMessage(), problem.field());
        } catch (IllegalArgumentException | ArithmeticException problem) {
            queue.end(job, State.FAILED, problem.getMessage(), "");
        } catch (IOException | RuntimeException | Error problem) { // one job's; the others are still to be done
            LOG.error("job {}", job.id(), problem);
            queue.end(job, State.FAILED, "the server failed: " + problem, null);
        }
    }
}
