package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.sd15.server.job.Job.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that wait, and the one thread that does them. What waits or runs is on disk, and comes back with the next server. */
public final class JobQueue implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobQueue.class);

    private final JobFolder folder;
    private final ModelShelf shelf;
    private final JobEvents events;
    private final TaskReader reader;
    private final int limit;
    private final Deque<Job> waiting = new ArrayDeque<>();
    private final Thread worker = new Thread(this::work, "jobs");
    private @Nullable Job running;
    private @Nullable Job lastEnded;
    private volatile boolean stopping;

    /** A queue that doesn't work yet. */
    public JobQueue(JobFolder folder, ModelShelf shelf, JobEvents events, TaskReader reader, int limit) {
        this.folder = folder;
        this.shelf = shelf;
        this.events = events;
        this.reader = reader;
        this.limit = limit;
    }

    /** Takes up what an earlier server left, and begins. */
    public synchronized void start() {
        for (String id : folder.ids()) {
            folder.read(id)
                    .filter(document -> document.path("state").asText().equals("queued"))
                    .ifPresent(document -> takeUp(id, document));
        }
        worker.start();
    }

    private void takeUp(String id, ObjectNode document) {
        try {
            Task task = reader.read((ObjectNode) document.get("request"), shelf.selected())
                    .task();
            waiting.add(new Job(id, task, document));
        } catch (IllegalArgumentException | ClassCastException problem) {
            LOG.warn("job {} can't be taken up: {}", id, problem.getMessage());
        }
        places();
    }

    /** No more are taken. */
    public static final class Full extends RuntimeException {

        private static final long serialVersionUID = 1;

        Full(int limit) {
            super("%d jobs wait already".formatted(limit));
        }
    }

    /**
     * Takes a job.
     *
     * @param request its fields
     * @throws IllegalArgumentException if it can't be done
     * @throws Full if too many wait
     */
    public Job add(ObjectNode request) throws IOException {
        TaskReader.Parsed parsed = reader.read(request, shelf.selected());
        shelf.requireLoras(parsed.task().common().loras(parsed.task().prompts()));
        Optional<LoadedModel> loaded =
                shelf.loaded().filter(model -> model.name().equals(parsed.model()));
        loaded.ifPresent(model -> parsed.task().check(model.model()));
        synchronized (this) {
            supersede(parsed.client(), parsed.cancelRunning());
            if (waiting.size() >= limit) {
                throw new Full(limit);
            }
            String id = folder.newId();
            ObjectNode fields = parsed.request(id);
            ObjectNode document =
                    Job.document(id, fields, TaskReader.command(parsed.task().arguments()));
            folder.create(document, parsed.uploads());
            Job job = new Job(id, parsed.task(), document);
            waiting.add(job);
            places();
            notifyAll();
            return job;
        }
    }

    private void supersede(@Nullable String client, boolean runningToo) throws IOException {
        if (client == null) {
            return;
        }
        for (Job job : List.copyOf(waiting)) {
            if (client.equals(job.document().path("request").path("client").asText(null))) {
                cancel(job.id());
            }
        }
        Job now = running;
        if (runningToo
                && now != null
                && client.equals(now.document().path("request").path("client").asText(null))) {
            now.cancel();
        }
    }

    private void places() {
        int place = 0;
        for (Job job : waiting) {
            place++;
            if (job.place() != place) {
                job.place(place);
                events.queued(job);
            }
        }
    }

    /** A job that waits or runs. */
    public synchronized Optional<Job> find(String id) {
        List<Job> all = new ArrayList<>(waiting);
        if (running != null) {
            all.add(running);
        }
        if (lastEnded != null) {
            all.add(lastEnded);
        }
        return all.stream().filter(job -> job.id().equals(id)).findFirst();
    }

    /** What clients see of a job. */
    public Optional<ObjectNode> view(String id) {
        return find(id).map(Job::view).or(() -> folder.read(id));
    }

    /** The job that runs. */
    public synchronized Optional<Job> running() {
        return Optional.ofNullable(running);
    }

    /** The jobs that run or wait, in order. */
    public synchronized List<Job> active() {
        List<Job> all = new ArrayList<>(waiting);
        if (running != null) {
            all.add(0, running);
        }
        return all;
    }

    /** Ends a job: at once if it waits, between two steps if it runs. One that has ended stays as it is. */
    public synchronized void cancel(String id) throws IOException {
        for (Job job : waiting) {
            if (job.id().equals(id)) {
                waiting.remove(job);
                job.end(State.CANCELLED, null, null);
                folder.write(job.document());
                events.ended(job);
                places();
                notifyAll();
                return;
            }
        }
        if (running != null && running.id().equals(id)) {
            running.cancel();
        }
    }

    /** Forgets a job that has ended; false if it hasn't. */
    public synchronized boolean delete(String id) throws IOException {
        if (active().stream().anyMatch(job -> job.id().equals(id))) {
            return false;
        }
        if (lastEnded != null && lastEnded.id().equals(id)) {
            lastEnded = null;
        }
        folder.delete(id);
        return true;
    }

    private synchronized @Nullable Job next() throws InterruptedException {
        while (waiting.isEmpty() && !stopping) {
            wait();
        }
        if (stopping) {
            return null;
        }
        Job job = waiting.removeFirst();
        running = job;
        job.begin(0);
        places();
        return job;
    }

    private void work() {
        try {
            shelf.use(shelf.selected(), List.of());
        } catch (IOException | RuntimeException problem) {
            LOG.error("the model can't be loaded: {}", problem.getMessage());
        }
        try {
            for (Job job = next(); job != null; job = next()) {
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
            TaskRun run = new TaskRun(job, loaded, events, folder, () -> stopping);
            task.check(loaded.model());
            task.run(run);
            run.pause();
            for (Map.Entry<String, byte[]> file : run.made().entrySet()) {
                folder.write(job.id(), file.getKey(), file.getValue());
            }
            job.results(run.files(), run.result());
            end(job, State.DONE, null, null);
        } catch (CancellationException asked) {
            if (job.isCancelled()) {
                end(job, State.CANCELLED, null, null);
            } else {
                requeue(job);
            }
        } catch (FieldProblem problem) {
            end(job, State.FAILED, problem.getMessage(), problem.field());
        } catch (IllegalArgumentException | ArithmeticException problem) {
            end(job, State.FAILED, problem.getMessage(), "");
        } catch (IOException | RuntimeException | OutOfMemoryError problem) {
            LOG.error("job {}", job.id(), problem);
            end(job, State.FAILED, "the server failed: " + problem, null);
        }
    }

    private synchronized void requeue(Job job) {
        job.requeue();
        running = null;
        waiting.addFirst(job);
    }

    private void end(Job job, State state, @Nullable String error, @Nullable String field) {
        job.end(state, error, field);
        try {
            folder.write(job.document());
        } catch (IOException problem) {
            LOG.error("job {} can't be written down: {}", job.id(), problem.toString());
        }
        synchronized (this) {
            running = null;
            lastEnded = job;
            notifyAll();
        }
        events.ended(job);
    }

    /** Waits until a job has ended, or the queue is closed. */
    public void await(Job job) throws InterruptedException {
        synchronized (this) {
            while (!job.state().isEnd() && !stopping) {
                wait(1000);
            }
        }
    }

    /** Ends the running step; its job waits on disk with the others. */
    @Override
    public void close() throws InterruptedException {
        synchronized (this) {
            stopping = true;
            notifyAll();
        }
        worker.join();
    }
}
