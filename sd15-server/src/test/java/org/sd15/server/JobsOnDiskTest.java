package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs outlive the server, and what was cancelled stays so. */
class JobsOnDiskTest {

    private static final int LONG = 200;

    @TempDir
    private Path folder;

    private JsonNode onDisk(Path history, String id) throws IOException {
        return TestServer.JSON.readTree(Files.readAllBytes(history.resolve(id).resolve("job.json")));
    }

    private static String state(JsonNode job) {
        return job.get("state").textValue();
    }

    private static boolean isUnderWay(JsonNode job) {
        return job.get("step").intValue() > 0;
    }

    @Test
    void aCancelIsOnDiskWhenItIsAnswered() throws Exception {
        Path history = folder.resolve("jobs");
        try (TestServer server = TestServer.start(history)) {
            String running = server.draw(LONG);
            String queued = server.draw(1);
            String last = server.draw(1);
            server.await(running, JobsOnDiskTest::isUnderWay);

            JsonNode cancelled = server.json(server.post("/api/jobs/" + queued + "/cancel", ""));
            assertThat(state(cancelled)).isEqualTo("cancelled");
            assertThat(state(onDisk(history, queued))).isEqualTo("cancelled");

            server.json(server.post("/api/jobs/" + running + "/cancel", ""));
            assertThat(state(onDisk(history, running))).isEqualTo("cancelled");
            JsonNode ended = server.awaitEnd(running);
            assertThat(state(ended)).isEqualTo("cancelled");
            assertThat(ended.get("step").intValue()).isLessThan(LONG);
            assertThat(server.job(running)).isEqualTo(ended);

            assertThat(state(server.json(server.post("/api/jobs/" + running + "/cancel", ""))))
                    .isEqualTo("cancelled");
            assertThat(state(server.awaitEnd(last))).isEqualTo("done");
            assertThat(server.job(running)).as("now of the disk").isEqualTo(ended);
        }
    }

    /** As after kill -9: what is in the folder while a job that was cancelled still runs. */
    @Test
    void aServerThatIsShotAfterACancelDoesNotBringTheJobBack() throws Exception {
        Path history = folder.resolve("jobs");
        Path shot = folder.resolve("shot");
        String running;
        String queued;
        try (TestServer server = TestServer.start(history)) {
            running = server.draw(LONG);
            queued = server.draw(1);
            server.await(running, JobsOnDiskTest::isUnderWay);
            server.json(server.post("/api/jobs/" + running + "/cancel", ""));
            copy(history.resolve(running), shot.resolve(running));
            server.awaitEnd(queued);
        }
        try (TestServer server = TestServer.start(shot)) {
            assertThat(state(server.job(running))).isEqualTo("cancelled");
            server.awaitEnd(server.draw(1));
            assertThat(state(server.job(running))).isEqualTo("cancelled");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Test
    void theNextServerDoesWhatIsLeftAndNothingTwice() throws Exception {
        List<String> ids = new ArrayList<>();
        String ended;
        try (TestServer server = TestServer.start(folder)) {
            ended = server.draw(1);
            server.awaitEnd(ended);
            ids.add(server.draw(60));
            ids.add(server.draw(1));
            ids.add(server.draw(2));
            server.await(ids.get(0), JobsOnDiskTest::isUnderWay);
        }
        JsonNode first = onDisk(folder, ended);
        for (String id : ids) {
            assertThat(state(onDisk(folder, id))).as(id).isEqualTo("queued");
        }
        List<JsonNode> done = new ArrayList<>();
        try (TestServer server = TestServer.start(folder)) {
            for (String id : ids) {
                done.add(server.awaitEnd(id));
            }
            assertThat(done).extracting(JobsOnDiskTest::state).containsOnly("done");
            assertThat(done).extracting(job -> job.get("started").textValue()).isSorted();
            assertThat(server.json(server.get("/api/jobs")).get("jobs")).hasSize(4);
        }
        try (TestServer server = TestServer.start(folder)) {
            server.awaitEnd(server.draw(1));
            for (int i = 0; i < ids.size(); i++) {
                assertThat(server.job(ids.get(i))).as("not done again").isEqualTo(done.get(i));
            }
            assertThat(onDisk(folder, ended)).isEqualTo(first);
        }
    }

    @Test
    void aJobThatTheNextServerCantDoHasFailed() throws Exception {
        String id;
        try (TestServer server = TestServer.start(folder)) {
            server.draw(60);
            id = server.draw(1);
        }
        Path document = folder.resolve(id).resolve("job.json");
        Files.writeString(document, Files.readString(document).replace("\"model\":\"embedded\"", "\"model\":\"gone\""));
        try (TestServer server = TestServer.start(folder)) {
            JsonNode job = server.job(id);
            assertThat(state(job)).isEqualTo("failed");
            assertThat(job.get("error").textValue()).contains("there is no model \"gone\"");
        }
    }

    @Test
    void aFolderIsForOneServer() throws Exception {
        try (TestServer server = TestServer.start(folder)) {
            assertThat(server.server().port()).isPositive();
            assertThatThrownBy(() -> TestServer.start(folder))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is in use by another server");
        }
    }

    @Test
    void aJobIsForgottenOnceItHasEnded() throws Exception {
        try (TestServer server = TestServer.start(folder)) {
            String running = server.draw(LONG);
            String queued = server.draw(1);
            assertThat(server.send(server.request("/api/jobs/" + queued).DELETE())
                            .statusCode())
                    .isEqualTo(409);
            server.json(server.post("/api/jobs/" + queued + "/cancel", ""));
            assertThat(server.send(server.request("/api/jobs/" + queued).DELETE())
                            .statusCode())
                    .isEqualTo(204);
            assertThat(folder.resolve(queued)).doesNotExist();
            assertThat(server.get("/api/jobs/" + queued).statusCode()).isEqualTo(404);
            server.json(server.post("/api/jobs/" + running + "/cancel", ""));
            server.awaitEnd(running);
        }
    }

    @Test
    void aNewerJobOfAClientTakesThePlaceOfItsOlderOnes() throws Exception {
        String body = "{\"kind\": \"generate\", \"prompt\": \"a\", \"steps\": %d, \"client\": \"tab\"%s}";
        try (TestServer server = TestServer.start(folder)) {
            String running = server.json(server.post("/api/jobs", body.formatted(LONG, "")))
                    .get("id")
                    .textValue();
            server.await(running, JobsOnDiskTest::isUnderWay);
            String queued = server.json(server.post("/api/jobs", body.formatted(1, "")))
                    .get("id")
                    .textValue();
            String other = server.draw(1);
            String newest = server.json(server.post("/api/jobs", body.formatted(1, ", \"cancelRunning\": true")))
                    .get("id")
                    .textValue();
            assertThat(state(server.awaitEnd(queued))).isEqualTo("cancelled");
            assertThat(state(server.awaitEnd(running))).isEqualTo("cancelled");
            assertThat(state(server.awaitEnd(other))).isEqualTo("done");
            assertThat(state(server.awaitEnd(newest))).isEqualTo("done");
        }
    }
}
