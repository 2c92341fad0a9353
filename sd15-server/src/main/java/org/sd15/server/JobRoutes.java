package org.sd15.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;
import org.sd15.server.http.Call;
import org.sd15.server.http.EventStream;
import org.sd15.server.http.Front;
import org.sd15.server.http.HttpProblem;
import org.sd15.server.job.Job;
import org.sd15.server.job.JobEvents;
import org.sd15.server.job.JobEvents.Event;
import org.sd15.server.job.JobEvents.Watcher;
import org.sd15.server.job.JobFolder;
import org.sd15.server.job.JobQueue;

/** {@code /api/jobs} and {@code /api/events}. */
record JobRoutes(JobFolder folder, JobQueue queue, JobEvents events) {

    private static final int MOST_LISTED = 500;
    private static final int MOST_WATCHERS = 64;
    private static final long PING = 15;

    void addTo(Front front) {
        front.on("POST", "/api/jobs", this::create);
        front.on("GET", "/api/jobs", this::list);
        front.on("GET", "/api/jobs/*", call -> call.answer(200, view(call.part(0))));
        front.on("DELETE", "/api/jobs/*", this::delete);
        front.on("POST", "/api/jobs/*/cancel", this::cancel);
        front.on("GET", "/api/jobs/*/events", call -> watch(call, call.part(0)));
        front.on("GET", "/api/jobs/*/files/*", this::file);
        front.on("GET", "/api/events", call -> watch(call, null));
    }

    private void create(Call call) throws IOException {
        Job job = Submitting.queued(queue, call.json());
        call.set("Location", "/api/jobs/" + job.id());
        call.answer(201, job.view());
    }

    private ObjectNode view(String id) {
        return queue.view(id).orElseThrow(() -> new HttpProblem(404, "there is no such job"));
    }

    private void list(Call call) throws IOException {
        int limit = call.query("limit").map(JobRoutes::limit).orElse(100);
        String before = call.query("before").orElse(null);
        String state = call.query("state").orElse(null);
        NavigableSet<String> ids = before == null ? folder.ids() : folder.ids().headSet(before, false);
        ObjectNode answer = Call.JSON.createObjectNode();
        ArrayNode jobs = answer.putArray("jobs");
        for (String id : ids.descendingSet()) {
            if (jobs.size() == limit) {
                break;
            }
            queue.view(id)
                    .filter(job ->
                            state == null || state.equals(job.path("state").asText()))
                    .ifPresent(jobs::add);
        }
        call.answer(200, answer);
    }

    private static int limit(String text) {
        if (!text.matches("\\d{1,3}") || Integer.parseInt(text) > MOST_LISTED) {
            throw new HttpProblem(422, "limit must be a number up to %d".formatted(MOST_LISTED), "limit");
        }
        return Integer.parseInt(text);
    }

    private void cancel(Call call) throws IOException {
        String id = call.part(0);
        view(id);
        queue.cancel(id);
        call.answer(200, view(id));
    }

    private void delete(Call call) throws IOException {
        view(call.part(0));
        if (!queue.delete(call.part(0))) {
            throw new HttpProblem(409, "the job hasn't ended: cancel it first");
        }
        call.answer(204);
    }

    private void file(Call call) throws IOException {
        byte[] bytes = folder.file(call.part(0), call.part(1))
                .orElseThrow(() -> new HttpProblem(404, "there is no such file"));
        call.set("Cache-Control", "private, max-age=86400, immutable");
        call.answer(200, "image/png", bytes);
    }

    private void watch(Call call, @Nullable String id) throws IOException {
        if (events.count() >= MOST_WATCHERS) {
            throw new HttpProblem(429, "%d watch already".formatted(MOST_WATCHERS));
        }
        if (id != null) {
            view(id);
        }
        try (Watcher watcher = events.watch(id);
                EventStream stream = call.events()) {
            ObjectNode now = id == null ? active() : view(id);
            stream.send(id == null ? "jobs" : "job", now);
            String state = now.path("state").asText();
            if (isEnd(state)) {
                stream.send(state, now);
                return;
            }
            while (true) {
                Event event = watcher.next(PING);
                if (event == null) {
                    stream.ping();
                    continue;
                }
                stream.send(event.name(), event.data());
                if (id != null && isEnd(event.name())) {
                    return;
                }
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isEnd(String name) {
        return name.equals("done") || name.equals("failed") || name.equals("cancelled");
    }

    private ObjectNode active() {
        ObjectNode all = Call.JSON.createObjectNode();
        ArrayNode jobs = all.putArray("jobs");
        queue.active().forEach(job -> jobs.add(job.view()));
        return all;
    }
}
