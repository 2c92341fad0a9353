package org.sd15.server;

import java.io.IOException;
import java.util.List;
import org.sd15.server.http.Front;
import org.sd15.server.http.PageResources;
import org.sd15.server.job.JobEvents;
import org.sd15.server.job.JobFolder;
import org.sd15.server.job.JobQueue;
import org.sd15.server.job.ModelShelf;
import org.sd15.server.job.TaskReader;

/** The studio: a queue of jobs over a model, and its HTTP API. */
public final class StudioServer implements AutoCloseable {

    private final Front front;
    private final JobFolder folder;
    private final JobQueue queue;

    private StudioServer(Front front, JobFolder folder, JobQueue queue) {
        this.front = front;
        this.folder = folder;
        this.queue = queue;
    }

    /**
     * Starts a server, which takes up the jobs that an earlier one left.
     *
     * @param shelf its models; is closed with it
     * @throws IOException if the port or the folder can't be had
     */
    public static StudioServer start(ServerOptions options, ModelShelf shelf) throws IOException {
        JobFolder folder = JobFolder.open(options.history());
        try {
            JobEvents events = new JobEvents();
            TaskReader reader = new TaskReader(folder, shelf, options.limits());
            JobQueue queue =
                    new JobQueue(folder, shelf, events, reader, options.limits().queue());
            Front front = new Front(
                    options.host(),
                    options.port(),
                    options.token(),
                    options.limits().bodyBytes());
            front.on("GET", "/", call -> PageResources.answer(call, "index.html"));
            new JobRoutes(folder, queue, events).addTo(front);
            new ModelRoutes(shelf, reader, options.limits()).addTo(front);
            new WebUiRoutes(folder, queue, shelf, reader).addTo(front);
            new OpenAiRoutes(folder, queue).addTo(front);
            front.on("GET", "/*", call -> PageResources.answer(call, call.part(0)));
            queue.start();
            front.start();
            return new StudioServer(front, folder, queue);
        } catch (IOException | RuntimeException problem) {
            folder.close();
            throw problem;
        }
    }

    /** What it answers to, as {@code GET /api/jobs/*}. */
    List<String> routes() {
        return front.routes();
    }

    /** The port that it listens at. */
    public int port() {
        return front.port();
    }

    /** Ends the running step, keeps the queue on disk, and frees the model. */
    @Override
    public void close() throws IOException, InterruptedException {
        queue.close();
        front.close();
        folder.close();
    }
}
