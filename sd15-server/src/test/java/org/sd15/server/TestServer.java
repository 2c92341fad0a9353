package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;

/**
 * A server of the embedded model, and a client of it.
 *
 * @param server that answers
 * @param http that asks
 */
record TestServer(StudioServer server, HttpClient http) implements AutoCloseable {

    static final String PROMPT = "a large red star on a white background";
    static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static TestServer start(Path history) throws IOException {
        return start(history, null, Limits.DEFAULT);
    }

    static TestServer start(Path history, @Nullable String token, Limits limits) throws IOException {
        ServerOptions options = new ServerOptions(ServerOptions.LOOPBACK, 0, token, history, limits);
        return new TestServer(StudioServer.start(options, shelf()), HttpClient.newHttpClient());
    }

    static ModelShelf shelf() throws IOException {
        return new ModelShelf(StableDiffusion::load, "embedded", EmbeddedModel.folder(), "test");
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path)))
                .timeout(PATIENCE);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    /** What a route answers, which is 200 or 201. */
    JsonNode json(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return JSON.readTree(answer.body());
    }

    /** The id of a new job that draws. */
    String draw(int steps) throws IOException, InterruptedException {
        return json(post(
                        "/api/jobs",
                        "{\"kind\": \"generate\", \"prompt\": \"%s\", \"scheduler\": \"ddim\", \"seed\": 7, \"steps\": %d}"
                                .formatted(PROMPT, steps)))
                .get("id")
                .textValue();
    }

    JsonNode job(String id) throws IOException, InterruptedException {
        return json(get("/api/jobs/" + id));
    }

    /** A job as soon as it is as wanted. */
    JsonNode await(String id, Predicate<JsonNode> wanted) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode job = job(id);
        while (!wanted.test(job)) {
            assertThat(System.nanoTime()).as("waiting for %s", job).isLessThan(end);
            Thread.sleep(10);
            job = job(id);
        }
        return job;
    }

    /** A job that has ended. */
    JsonNode awaitEnd(String id) throws IOException, InterruptedException {
        return await(id, job -> !job.get("finished").isNull());
    }

    /** Waits until the model is there. */
    void awaitModel() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!json(get("/api/model")).get("ready").booleanValue()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        server.close();
    }
}
