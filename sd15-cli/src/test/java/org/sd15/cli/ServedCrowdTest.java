package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Eight clients with 400 jobs at a server in a process of its own, which is shot (SIGKILL) twice and started again over the
 * same history: each job that was accepted is drawn once or stays cancelled, and the memory of the process does not grow.
 */
@Tag("full")
class ServedCrowdTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CLIENTS = 8;
    private static final int JOBS_EACH = 50;
    private static final int ONE_IN = 10;
    private static final int STEPS = 3;

    /** Jobs that have ended when the server is shot. */
    private static final List<Integer> SHOTS = List.of(60, 130);

    private static final int WARM = 50;
    private static final double MOST_GROWTH = 1.03;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Integer> accepted = new ConcurrentHashMap<>();
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();

    @TempDir
    private Path folder;

    private Path history;
    private volatile Process process;
    private volatile int port;

    @AfterEach
    void stop() {
        process.destroyForcibly();
    }

    private void start() throws IOException {
        process = new ProcessBuilder(Stream.concat(
                                ShotCommand.java(), Stream.of("serve", "--port", "0", "--history", history.toString()))
                        .toList())
                .redirectError(ProcessBuilder.Redirect.appendTo(new File(folder.toFile(), "log.txt")))
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        port = URI.create(out.readLine()).getPort();
    }

    /** Asks until there is a server that answers; one that is shot meanwhile is asked again. */
    private HttpResponse<String> ask(String path, String body) throws InterruptedException {
        while (true) {
            try {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(30));
                if (!body.isEmpty()) {
                    request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
                }
                HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
                if (answer.statusCode() != 429) {
                    return answer;
                }
            } catch (IOException shot) {
                // the next server takes its place
            }
            Thread.sleep(50);
        }
    }

    private JsonNode job(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return JSON.readTree(answer.body());
    }

    /** One client's jobs, of which each tenth is cancelled. A job whose answer was lost may be there; it is not counted. */
    private Void client(int number) throws Exception {
        for (int i = 0; i < JOBS_EACH; i++) {
            int seed = number * JOBS_EACH + i;
            String id = job(ask(
                            "/api/jobs",
                            "{\"kind\": \"generate\", \"prompt\": \"a red star\", \"steps\": %d, \"seed\": %d}"
                                    .formatted(STEPS, seed)))
                    .get("id")
                    .textValue();
            accepted.put(id, seed);
            if (i % ONE_IN == ONE_IN - 1) {
                if (job(ask("/api/jobs/" + id + "/cancel", "{}"))
                        .get("state")
                        .textValue()
                        .equals("cancelled")) {
                    cancelled.add(id);
                }
            }
        }
        return null;
    }

    private int ended() throws IOException {
        int ended = 0;
        for (String id : accepted.keySet()) {
            Path job = history.resolve(id).resolve("job.json");
            if (Files.exists(job)
                    && !JSON.readTree(Files.readAllBytes(job)).get("finished").isNull()) {
                ended++;
            }
        }
        return ended;
    }

    private void awaitEnded(int count) throws Exception {
        while (ended() < count) {
            assertThat(process.isAlive()).as("the server").isTrue();
            Thread.sleep(200);
        }
    }

    private long residentKilobytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void noJobIsLostOrDrawnTwice() throws Exception {
        history = folder.resolve("jobs");
        start();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<Future<Void>> sent = IntStream.range(0, CLIENTS)
                .mapToObj(number -> clients.submit((Callable<Void>) () -> client(number)))
                .toList();
        int before = 0;
        for (int shot : SHOTS) {
            awaitEnded(shot);
            process.destroyForcibly().waitFor();
            before = ended();
            start();
        }
        awaitEnded(before + WARM);
        long warm = residentKilobytes();
        for (Future<Void> client : sent) {
            client.get();
        }
        clients.shutdown();
        awaitEnded(accepted.size());
        long last = residentKilobytes();
        LoggerFactory.getLogger(getClass())
                .warn(
                        "{} jobs, {} cancelled; resident {} MB, then {} MB",
                        accepted.size(),
                        cancelled.size(),
                        warm >> 10,
                        last >> 10);
        assertThat(accepted).hasSize(CLIENTS * JOBS_EACH);
        assertThat(cancelled).isNotEmpty();
        for (Map.Entry<String, Integer> job : accepted.entrySet()) {
            requireOnce(job.getKey(), job.getValue());
        }
        assertThat((double) last / warm).isLessThan(MOST_GROWTH);
    }

    private void requireOnce(String id, int seed) throws Exception {
        JsonNode job = job(ask("/api/jobs/" + id, ""));
        assertThat(job.get("request").get("seed").intValue()).isEqualTo(seed);
        String state = job.get("state").textValue();
        assertThat(state).as(id).isIn("done", "cancelled");
        if (cancelled.contains(id)) {
            assertThat(state).as("%s, which was cancelled", id).isEqualTo("cancelled");
        }
        if (state.equals("done")) {
            assertThat(job.get("files")).as(id).hasSize(1);
            assertThat(history.resolve(id).resolve("picture-1.png")).isNotEmptyFile();
        }
    }
}
