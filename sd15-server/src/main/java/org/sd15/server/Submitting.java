package org.sd15.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.sd15.server.http.HttpProblem;
import org.sd15.server.job.FieldProblem;
import org.sd15.server.job.Job;
import org.sd15.server.job.JobFolder;
import org.sd15.server.job.JobQueue;
import org.sd15.server.job.QueueFull;

/** Gives jobs to the queue for clients. */
final class Submitting {

    private Submitting() {}

    /**
     * Queues a job.
     *
     * @throws HttpProblem 422 if it can't be done, 429 if too many wait
     */
    static Job queued(JobQueue queue, ObjectNode request) throws IOException {
        try {
            return queue.add(request);
        } catch (FieldProblem problem) {
            throw new HttpProblem(422, String.valueOf(problem.getMessage()), problem.field());
        } catch (IllegalArgumentException problem) {
            throw new HttpProblem(422, String.valueOf(problem.getMessage()));
        } catch (QueueFull full) {
            throw new HttpProblem(429, String.valueOf(full.getMessage()));
        }
    }

    /**
     * The pictures that a job has made.
     *
     * @throws HttpProblem 404 if it was deleted meanwhile
     */
    static List<byte[]> pictures(JobFolder folder, ObjectNode done) throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        for (JsonNode file : done.get("files")) {
            pictures.add(
                    folder.file(done.get("id").textValue(), file.get("name").textValue())
                            .orElseThrow(() -> new HttpProblem(404, "the job was deleted")));
        }
        return pictures;
    }

    /**
     * Queues a job and waits for its end.
     *
     * @return the job as it ended, done or cancelled
     * @throws HttpProblem if it failed: 422 if the request is to blame, 503 if the server ends before
     */
    static ObjectNode done(JobQueue queue, ObjectNode request) throws IOException {
        Job job = queued(queue, request);
        try {
            queue.await(job);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
        ObjectNode view = job.view();
        switch (job.state()) {
            case DONE, CANCELLED -> {
                return view;
            }
            case FAILED -> {
                boolean theirs = view.hasNonNull("field");
                throw new HttpProblem(
                        theirs ? 422 : 500,
                        view.path("error").asText(),
                        view.path("field").asText(null));
            }
            default -> throw new HttpProblem(503, "the server is ending; the job waits for the next one");
        }
    }
}
