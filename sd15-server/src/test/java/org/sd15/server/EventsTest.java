package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.server.RawHttp.Event;

/** Server-sent events, as they come over a socket. */
class EventsTest {

    @TempDir
    static Path history;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(history);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static RawHttp watch(String path) throws IOException {
        int port = server.server().port();
        RawHttp http = RawHttp.send(port, "GET %s HTTP/1.1".formatted(path), "Host: 127.0.0.1:" + port);
        assertThat(http.status()).isEqualTo(200);
        return http;
    }

    private static JsonNode data(Event event) {
        try {
            return TestServer.JSON.readTree(event.data());
        } catch (IOException garbled) {
            throw new AssertionError(event.data(), garbled);
        }
    }

    @Test
    void aJobIsSeenFromTheQueueToItsEnd() throws Exception {
        String first = server.draw(40);
        String second = server.draw(1);
        String third = server.draw(3);
        try (RawHttp stream = watch("/api/jobs/" + third + "/events")) {
            server.await(first, job -> job.get("step").intValue() > 0);
            List<Event> events = stream.events("done");
            assertThat(stream.isAtItsEnd()).isTrue();
            assertThat(events)
                    .extracting(Event::name)
                    .containsSubsequence(
                            "job", "queued", "running", "preview", "step", "preview", "step", "preview", "step",
                            "done");
            assertThat(data(events.get(0)).get("state").textValue()).isEqualTo("queued");
            assertThat(events)
                    .filteredOn(event -> event.name().equals("queued"))
                    .last()
                    .satisfies(event ->
                            assertThat(data(event).get("place").intValue()).isEqualTo(1));
            assertThat(events)
                    .filteredOn(event -> event.name().equals("step"))
                    .extracting(event -> data(event).get("step").intValue())
                    .containsExactly(1, 2, 3);
            JsonNode done = data(events.get(events.size() - 1));
            assertThat(done).isEqualTo(server.job(third));
            assertThat(server.job(second).get("state").textValue()).isEqualTo("done");
        }
    }

    @Test
    void aPreviewIsAPictureAndExactWhereThatWasAsked() throws Exception {
        String before = server.draw(20);
        String id = server.json(
                        server.post(
                                "/api/jobs",
                                "{\"kind\": \"generate\", \"prompt\": \"a\", \"steps\": 4, \"previewEvery\": 2, \"decodeEvery\": 4}"))
                .get("id")
                .textValue();
        try (RawHttp stream = watch("/api/jobs/" + id + "/events")) {
            List<Event> previews = stream.events("done").stream()
                    .filter(event -> event.name().equals("preview"))
                    .toList();
            assertThat(previews)
                    .extracting(event -> data(event).get("exact").booleanValue())
                    .containsExactly(false, true);
            for (Event preview : previews) {
                String url = data(preview).get("image").textValue();
                byte[] png = Base64.getDecoder().decode(url.substring("data:image/png;base64,".length()));
                assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth())
                        .isEqualTo(64);
            }
            assertThat(server.job(before).get("state").textValue()).isEqualTo("done");
        }
    }

    @Test
    void allJobsAreSeenWithoutPreviews() throws Exception {
        try (RawHttp stream = watch("/api/events")) {
            String id = server.draw(2);
            List<Event> events = stream.events("done").stream()
                    .filter(event -> event.name().equals("jobs")
                            || data(event).get("id").textValue().equals(id))
                    .toList();
            assertThat(events)
                    .extracting(Event::name)
                    .containsSubsequence("jobs", "queued", "running", "step", "step", "done")
                    .doesNotContain("preview");
        }
    }

    @Test
    void aJobThatHasEndedIsToldAtOnce() throws Exception {
        String id = server.draw(1);
        server.awaitEnd(id);
        try (RawHttp stream = watch("/api/jobs/" + id + "/events")) {
            assertThat(stream.events("done")).extracting(Event::name).containsExactly("job", "done");
            assertThat(stream.isAtItsEnd()).isTrue();
        }
    }
}
