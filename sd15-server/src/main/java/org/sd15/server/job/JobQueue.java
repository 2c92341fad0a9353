package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.server.job.Job.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that wait, and the one that runs. Both are on disk, and come back with the next server. */
public final class JobQueue implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobQueue.class);

    private final JobFolder folder;
    private final ModelShelf shelf;
    private final JobEvents events;
    private final TaskReader reader;
    private final int limit;
    private final Deque<Job> waiting = new ArrayDeque<>();
    private @Nullable Thread worker;
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
        places();
        worker = new Thread(new JobWorker(this, folder, shelf, events), "jobs");
        worker.start();
    }

    /** What this server can't do, since a model or a LoRA is not there any more, has failed. */
    private void takeUp(String id, ObjectNode document) {
        try {
            Task task = reader.read((ObjectNode) document.get("request"), shelf.selected())
                    .task();
            waiting.add(new Job(id, task, document));
        } catch (RuntimeException problem) {
            LOG.warn("job {} can't be taken up: {}", id, problem.getMessage());
            write(Job.failed(document, String.valueOf(problem.getMessage())));
        }
    }

    /**
     * Takes a job.
     *
     * @param request its fields
     * @throws IllegalArgumentException if it can't be done
     * @throws QueueFull if too many wait
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
                throw new QueueFull(limit);
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
        for (Job job : active()) {
            if (job.isOf(client) && (runningToo || !job.equals(running))) {
                cancel(job.id());
            }
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

    /** A job that waits, runs, or is the last that has ended. */
    private synchronized Optional<Job> find(String id) {
        List<Job> all = active();
        if (lastEnded != null) {
            all.add(lastEnded);
        }
        return all.stream().filter(job -> job.id().equals(id)).findFirst();
    }

    /** What clients see of a job. */
    public Optional<ObjectNode> view(String id) {
        return find(id).map(Job::view).or(() -> folder.read(id).map(Job::viewOf));
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

    /**
     * Ends a job: at once if it waits, between two steps if it runs. Either is on disk when this returns. One that has ended
     * stays as it is.
     */
    public synchronized void cancel(String id) throws IOException {
        Job now = running;
        if (now != null && now.id().equals(id)) {
            if (now.cancel()) {
                folder.write(now.cancelledDocument());
            }
            return;
        }
        for (Job job : waiting.stream().filter(one -> one.id().equals(id)).toList()) {
            folder.write(job.cancelledDocument());
            waiting.remove(job);
            job.end(State.CANCELLED, null, null, document -> {});
            events.ended(job);
            places();
            notifyAll();
        }
    }

    /** Ends the running job, with its picture as far as that is if it draws one. */
    public synchronized void interrupt() throws IOException {
        if (running != null && running.interrupt()) {
            folder.write(running.cancelledDocument());
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

    /** The next job, which runs now; null if there is to be no further one. */
    synchronized @Nullable Job next() throws InterruptedException {
        while (waiting.isEmpty() && !stopping) {
            wait();
        }
        if (stopping) {
            return null;
        }
        Job job = waiting.removeFirst();
        running = job;
        job.begin();
        places();
        return job;
    }

    boolean isStopping() {
        return stopping;
    }

    /** A job that was broken off waits for the next server. */
    synchronized void putBack(Job job) {
        job.requeue();
        running = null;
        waiting.addFirst(job);
    }

    /** A job has ended. */
    void end(Job job, State state, @Nullable String error, @Nullable String field) {
        synchronized (this) {
            job.end(state, error, field, this::write);
            running = null;
            lastEnded = job;
            notifyAll();
        }
        events.ended(job);
    }

    private void write(ObjectNode document) {
        try {
            folder.write(document);
        } catch (IOException problem) {
            LOG.error("job {} can't be written down: {}", document.path("id").asText(), problem.toString());
        }
    }

    /** Waits until a job has ended, or the queue is closed. */
    public synchronized void await(Job job) throws InterruptedException {
        while (!job.state().isEnd() && !stopping) {
            wait(1000);
        }
    }

    /** Ends the running step; its job waits on disk with the others. */
    @Override
    public void close() throws InterruptedException {
        Thread thread;
        synchronized (this) {
            stopping = true;
            notifyAll();
            thread = worker;
        }
        if (thread != null) {
            thread.join();
        }
    }
}
