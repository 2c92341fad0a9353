package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sd15.server.http.Call;

/** Tells those who watch jobs what happens. A watcher that doesn't keep up misses previews and steps, never an end. */
public final class JobEvents {

    private static final int WAITING = 64;

    /** An event as it is sent. */
    public record Event(String name, ObjectNode data) {}

    /** Somebody who watches one job, or all. */
    public final class Watcher implements AutoCloseable {

        private final @Nullable String id;
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

        private Watcher(@Nullable String id) {
            this.id = id;
        }

        /** The next event; null if there is none within that time. */
        public @Nullable Event next(long seconds) throws InterruptedException {
            return events.poll(seconds, TimeUnit.SECONDS);
        }

        private void add(String job, Event event, boolean matters) {
            if ((id == null || id.equals(job)) && (matters || events.size() < WAITING)) {
                events.add(event);
            }
        }

        @Override
        public void close() {
            watchers.remove(this);
        }
    }

    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    /** Watches a job; null for all. */
    public Watcher watch(@Nullable String id) {
        Watcher watcher = new Watcher(id);
        watchers.add(watcher);
        return watcher;
    }

    /** How many watch. */
    public int count() {
        return watchers.size();
    }

    boolean isWatched(String id) {
        return watchers.stream().anyMatch(watcher -> id.equals(watcher.id));
    }

    private void tell(String id, String name, ObjectNode data, boolean matters) {
        Event event = new Event(name, data);
        watchers.forEach(watcher -> watcher.add(id, event, matters));
    }

    private static ObjectNode of(Job job) {
        return Call.JSON.createObjectNode().put("id", job.id());
    }

    void queued(Job job) {
        tell(job.id(), "queued", of(job).put("place", job.place()), true);
    }

    void running(Job job, int steps) {
        tell(job.id(), "running", of(job).put("steps", steps), true);
    }

    void step(Job job, String phase, int picture) {
        ObjectNode data = of(job).put("step", job.step()).put("steps", job.steps());
        data.put("secondsLeft", job.secondsLeft()).put("phase", phase).put("picture", picture);
        tell(job.id(), "step", data, false);
    }

    void preview(Job job, ObjectNode data) {
        Event event = new Event("preview", data);
        watchers.stream().filter(watcher -> watcher.id != null).forEach(watcher -> watcher.add(job.id(), event, false));
    }

    void ended(Job job) {
        tell(job.id(), job.state().spelled(), job.view(), true);
    }
}
