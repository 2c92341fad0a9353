package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sd15.server.http.Call;

/** A job that waits, runs, or has just ended. Its state is for one thread at a time. */
public final class Job {

    /** Where it stands. */
    public enum State {
        QUEUED,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        /** Nothing more comes. */
        public boolean isEnd() {
            return ordinal() > RUNNING.ordinal();
        }

        String spelled() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String id;
    private final Task task;
    private final ObjectNode document;
    private State state = State.QUEUED;
    private boolean cancelled;
    private boolean interrupted;
    private int place;
    private int step;
    private int steps;
    private double secondsLeft;
    private String phase = "drawing";
    private float @Nullable [] latents;
    private int[] latentSize = new int[0];

    /** A job that waits. */
    Job(String id, Task task, ObjectNode document) {
        this.id = id;
        this.task = task;
        this.document = document;
    }

    /** What is written down of a new job. */
    static ObjectNode document(String id, ObjectNode request, @Nullable String command) {
        ObjectNode document = Call.JSON.createObjectNode();
        document.put("id", id).put("kind", request.get("kind").textValue()).put("state", "queued");
        document.put("created", now())
                .putNull("started")
                .putNull("finished")
                .putNull("error")
                .putNull("field");
        document.set("request", request);
        document.put("command", command);
        document.putArray("files");
        document.putObject("result");
        return document;
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** Its name. */
    public String id() {
        return id;
    }

    Task task() {
        return task;
    }

    /** Where it stands. */
    public synchronized State state() {
        return state;
    }

    synchronized void place(int number) {
        place = number;
    }

    synchronized int place() {
        return place;
    }

    synchronized void begin() {
        state = State.RUNNING;
        steps = 0;
        step = 0;
        document.put("started", now());
    }

    synchronized void requeue() {
        state = State.QUEUED;
        step = 0;
        document.putNull("started");
    }

    synchronized void total(int count) {
        steps = count;
    }

    synchronized void at(int done, double seconds, String doing) {
        step = done;
        secondsLeft = seconds;
        phase = doing;
    }

    /** Ends it. Nobody sees that before it is written down, or they would ask for files that are not listed yet. */
    synchronized void end(State last, @Nullable String error, @Nullable String field, Consumer<ObjectNode> written) {
        document.put("step", step).put("steps", steps).put("phase", phase);
        written.accept(ended(document, last, error, field).deepCopy());
        state = last;
        latents = null;
    }

    synchronized void results(ArrayNode files, ObjectNode result) {
        document.set("files", files);
        document.set("result", result);
    }

    synchronized void preview(float[] values, int height, int width) {
        latents = values;
        latentSize = new int[] {height, width};
    }

    /** The newest picture of the run as PNG, from the latents; null before the first step. */
    public byte @Nullable [] preview(LatentPreview map) {
        float[] values;
        int[] size;
        synchronized (this) {
            values = latents;
            size = latentSize;
        }
        return values == null ? null : map.png(values, size[0], size[1]);
    }

    private static ObjectNode ended(ObjectNode document, State last, @Nullable String error, @Nullable String field) {
        document.put("state", last.spelled()).put("finished", now());
        return document.put("error", error).put("field", field);
    }

    /** The document of a job that can't be begun. */
    static ObjectNode failed(ObjectNode document, String error) {
        return ended(document, State.FAILED, error, null);
    }

    /** What is on disk of a job that runs and was asked to end, for the case that the server is shot before it does. */
    synchronized ObjectNode cancelledDocument() {
        return ended(document.deepCopy(), State.CANCELLED, null, null);
    }

    /** Whether a client sent it under that name; nobody's is nobody's. */
    boolean isOf(@Nullable String client) {
        return client != null
                && client.equals(document().path("request").path("client").asText(null));
    }

    /** Asks it to end; true if it was the first to ask. */
    synchronized boolean cancel() {
        boolean first = !cancelled;
        cancelled = true;
        return first;
    }

    /** Asks it to end with its picture as far as that is, or without where there is none; true if it was the first to ask. */
    synchronized boolean interrupt() {
        if (cancelled || interrupted) {
            return false;
        }
        interrupted = task.isInterruptible();
        cancelled = !interrupted;
        return true;
    }

    /** Whether it is to end with what there is. */
    public synchronized boolean isInterrupted() {
        return interrupted;
    }

    synchronized boolean isCancelled() {
        return cancelled;
    }

    synchronized int step() {
        return step;
    }

    synchronized int steps() {
        return steps;
    }

    synchronized double secondsLeft() {
        return secondsLeft;
    }

    /** What is on disk. */
    synchronized ObjectNode document() {
        return document.deepCopy();
    }

    /** What clients see of a job that has ended, from what is on disk. */
    static ObjectNode viewOf(ObjectNode document) {
        ObjectNode view = document.deepCopy();
        view.put("step", document.path("step").asInt())
                .put("steps", document.path("steps").asInt());
        view.put("phase", document.path("phase").asText("drawing"));
        return view.putNull("place").putNull("secondsLeft");
    }

    /** What clients see. */
    public synchronized ObjectNode view() {
        ObjectNode view = document.deepCopy();
        view.put("state", state.spelled()).put("step", step).put("steps", steps).put("phase", phase);
        if (state == State.QUEUED) {
            view.put("place", place);
        } else {
            view.putNull("place");
        }
        if (state == State.RUNNING && step > 0) {
            view.put("secondsLeft", secondsLeft);
        } else {
            view.putNull("secondsLeft");
        }
        return view;
    }
}
