package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.image.PngFile;

/** Each kind of job is done and leaves what its page says. */
class JobKindsTest {

    @TempDir
    static Path history;

    private static TestServer server;
    private static String drawn;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(history);
        drawn = server.draw(2);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    /** The left half. */
    private static String mask() throws IOException {
        var half = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 32; x++) {
                half.setRGB(x, y, 0xffffff);
            }
        }
        return "\"%s\"".formatted(Base64.getEncoder().encodeToString(PngFile.encode(half, Map.of())));
    }

    private static JsonNode done(String body) throws Exception {
        server.awaitEnd(drawn);
        String given = "{\"job\": \"%s\", \"file\": \"picture-1.png\"}".formatted(drawn);
        JsonNode job = server.awaitEnd(server.json(
                        server.post("/api/jobs", body.replace("PICTURE", given).replace("MASK", mask())))
                .get("id")
                .textValue());
        assertThat(job.get("state").textValue()).as(job.toString()).isEqualTo("done");
        assertThat(job.get("step").intValue())
                .as("all steps were foreseen")
                .isEqualTo(job.get("steps").intValue());
        for (JsonNode file : job.get("files")) {
            String path = "/api/jobs/%s/files/%s"
                    .formatted(job.get("id").textValue(), file.get("name").textValue());
            assertThat(server.get(path).headers().firstValue("Content-Type")).contains("image/png");
        }
        return job;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"kind": "generate", "prompt": "a red star", "steps": 1, "count": 2} | picture
            {"kind": "generate", "prompt": "a red star", "steps": 2, "image": PICTURE, "mask": MASK, "maskBlur": 2} | picture
            {"kind": "generate", "prompt": "a red star", "steps": 2, "image": PICTURE, "mask": MASK, "onlyMasked": true, "invertMask": true} | picture
            {"kind": "edit", "source": "a red star", "target": "a blue star", "steps": 2, "blend": [["star", "star"]]} | after before blend map
            {"kind": "edit", "source": "a red star", "target": "a blue star", "steps": 2, "image": PICTURE, "maps": false} | after before given
            {"kind": "heatmap", "prompt": "a red star", "steps": 1} | map picture
            {"kind": "heatmap", "prompt": "a red star", "steps": 1, "image": PICTURE} | given map picture
            {"kind": "ledits", "image": PICTURE, "edits": [{"prompt": "star", "remove": true}, {"prompt": "circle"}], "steps": 2} | after concept given
            {"kind": "masactrl", "source": "a red star", "target": "a small red star", "steps": 2, "startStep": 1} | after before
            {"kind": "attend", "prompt": "a red star", "words": ["star"], "steps": 1, "attempts": 1} | picture
            {"kind": "dds", "image": PICTURE, "source": "a red star", "target": "a blue star", "iterations": 1} | after before given
            {"kind": "invert", "image": PICTURE, "prompt": "a red star", "steps": 2} | given reconstruction
            """)
    void aKindLeavesItsFiles(String body, String roles) throws Exception {
        Set<String> found = new TreeSet<>();
        done(body).get("files").forEach(file -> found.add(file.get("role").textValue()));
        assertThat(found).containsExactly(roles.split(" "));
    }

    @Test
    void anEditOfAnInversionTakesOverHowThatWasDone() throws Exception {
        JsonNode inverted =
                done("{\"kind\": \"invert\", \"image\": PICTURE, \"prompt\": \"a red star\", \"steps\": 3}");
        assertThat(inverted.at("/result/reconstruction/psnr").isNumber()).isTrue();
        String id = inverted.at("/result/inversion").textValue();
        JsonNode edited =
                done("{\"kind\": \"edit\", \"inversion\": \"%s\", \"target\": \"a blue star\", \"maps\": false}"
                        .formatted(id));
        assertThat(edited.at("/request/steps").intValue()).isEqualTo(3);
        assertThat(edited.at("/request/source").textValue()).isEqualTo("a red star");
        assertThat(edited.get("steps").intValue())
                .as("the inversion is not done again")
                .isEqualTo(3);
        assertThat(edited.at("/result/alignment/pairs")).hasSizeGreaterThan(1);
    }

    @Test
    void wordsAreCutAsThePromptIs() throws Exception {
        server.awaitModel();
        JsonNode words = server.json(server.post(
                "/api/words", "{\"prompt\": \"a red star\", \"target\": \"a blue star\", \"mode\": \"auto\"}"));
        assertThat(words.get("words"))
                .extracting(word -> word.get("text").textValue())
                .containsExactly("a", "red", "star");
        assertThat(words.get("cut").booleanValue()).isFalse();
        assertThat(words.at("/target/words/1/text").textValue()).isEqualTo("blue");
        assertThat(words.at("/alignment/mode").textValue()).isEqualTo("replace");
        assertThat(words.at("/alignment/pairs/1/source").intValue()).isEqualTo(2);
    }

    /** As clients of the web UI follow a picture, and stop it. */
    @Test
    void theWebUiSeesAndStopsTheRunningJob() throws Exception {
        String id = server.draw(200);
        server.await(id, job -> job.get("step").intValue() > 1);
        JsonNode progress = server.json(server.get("/sdapi/v1/progress"));
        assertThat(progress.get("progress").doubleValue()).isBetween(0.001, 0.999);
        assertThat(progress.at("/state/sampling_steps").intValue()).isEqualTo(200);
        assertThat(progress.get("current_image").textValue()).isNotEmpty();
        assertThat(server.json(server.get("/sdapi/v1/progress?skip_current_image=true"))
                        .get("current_image")
                        .isNull())
                .isTrue();
        server.json(server.post("/sdapi/v1/interrupt", ""));
        JsonNode ended = server.awaitEnd(id);
        assertThat(ended.get("state").textValue()).isEqualTo("cancelled");
        assertThat(ended.get("step").intValue()).isLessThan(200);
        assertThat(ended.get("files")).as("the picture as far as it is").hasSize(1);
    }

    @Test
    void whoWaitsForAnInterruptedPictureGetsItAsFarAsItIs() throws Exception {
        HttpRequest drawing = server.request("/sdapi/v1/txt2img")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"prompt\": \"%s\", \"steps\": 150, \"n_iter\": 2, \"seed\": 7}"
                        .formatted(TestServer.PROMPT)))
                .build();
        CompletableFuture<HttpResponse<String>> answer = server.http().sendAsync(drawing, BodyHandlers.ofString());
        while (server.json(server.get("/sdapi/v1/progress"))
                        .at("/state/sampling_step")
                        .intValue()
                < 5) {
            Thread.sleep(10);
        }
        server.json(server.post("/sdapi/v1/interrupt", ""));
        JsonNode got = server.json(answer.get(30, TimeUnit.SECONDS));
        assertThat(got.get("images")).as("of two the first").hasSize(1);
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(got.at("/images/0").textValue())));
        assertThat(picture.getWidth()).isEqualTo(64);
        assertThat(TestServer.JSON
                        .readTree(got.get("info").textValue())
                        .at("/infotexts/0")
                        .textValue())
                .contains("Steps: 150", "Interrupted: after ");
    }
}
