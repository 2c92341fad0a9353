package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.image.PngFile;

/** What can't be done is refused by the field as the client calls it, before anything is queued. */
class RefusalsTest {

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/jobs | {"kind": "generate", "prompt": "a", "steps": 0} | steps
            /api/jobs | {"kind": "generate", "prompt": "a", "width": 4096, "height": 4096} | width
            /api/jobs | {"kind": "generate", "prompt": "a", "width": 65} | width
            /api/jobs | {"kind": "draw"} | kind
            /api/jobs | {"kind": "generate"} | prompt
            /api/jobs | {"kind": "generate", "prompt": "a", "model": "other"} | model
            /api/jobs | {"kind": "generate", "prompt": "a", "loras": [{"name": "none"}]} | loras
            /api/jobs | {"kind": "generate", "prompt": "a", "image": "AAAA"} | image
            /api/jobs | {"kind": "ledits", "edits": [{"prompt": "a"}]} | image
            /api/model | {"name": "other"} | name
            /api/words | {"prompt": "a", "promptStyle": "none"} | promptStyle
            /api/png-info | {"image": "AAAA"} | image
            /sdapi/v1/txt2img | {"prompt": "a", "cfg_scale": 1000} | cfg_scale
            /sdapi/v1/txt2img | {"prompt": "a", "batch_size": 60, "n_iter": 60} | batch_size
            /sdapi/v1/txt2img | {"prompt": "a", "sampler_name": "None"} | sampler_name
            /sdapi/v1/txt2img | {"prompt": "a", "scheduler": "None"} | scheduler
            /sdapi/v1/txt2img | {"prompt": "a", "enable_hr": true} | enable_hr
            /sdapi/v1/txt2img | {"prompt": "a", "alwayson_scripts": {"x": {}}} | alwayson_scripts
            /sdapi/v1/img2img | {"prompt": "a"} | init_images
            /sdapi/v1/img2img | {"prompt": "a", "init_images": ["AAAA"]} | init_images
            /sdapi/v1/options | {"sd_model_checkpoint": "other"} | sd_model_checkpoint
            /v1/images/generations | {"prompt": "a", "n": 11} | n
            /v1/images/generations | {"prompt": "a", "size": "65x64"} | size
            /v1/images/generations | {"prompt": "a", "response_format": "url"} | response_format
            """)
    void whatCantBeDoneIsA422ThatNamesTheField(String path, String body, String field) throws Exception {
        server.awaitModel();
        HttpResponse<String> answer = server.post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        JsonNode problem = TestServer.JSON.readTree(answer.body());
        assertThat(problem.get("field").textValue()).isEqualTo(field);
        assertThat(problem.get("error").textValue())
                .isNotBlank()
                .isEqualTo(problem.get("detail").textValue());
    }

    /** What webuiapi sends with every picture. */
    @Test
    void fieldsThatAskForNothingAreNoReasonToRefuse() throws Exception {
        assertThat(server.json(
                                server.post(
                                        "/sdapi/v1/txt2img",
                                        "{\"prompt\": \"a\", \"steps\": 1, \"enable_hr\": false, \"tiling\": false, \"restore_faces\": false, \"script_name\": null,"
                                                + " \"alwayson_scripts\": {}, \"subseed_strength\": 0.0, \"eta\": 1.0, \"styles\": [],"
                                                + " \"sampler_name\": \"Euler a\", \"scheduler\": \"Automatic\", \"override_settings\": {}}"))
                        .get("images"))
                .hasSize(1);
    }

    @Test
    void whatIsNoRequestIsRefused() throws Exception {
        assertThat(server.post("/api/jobs", "{").statusCode()).isEqualTo(400);
        assertThat(server.post("/api/jobs", "[]").statusCode()).isEqualTo(400);
        assertThat(server.post("/api/jobs", "{\"a\": 1, \"a\": 2}").statusCode())
                .isEqualTo(400);
        assertThat(server.post("/api/none", "{}").statusCode()).isEqualTo(404);
        assertThat(server.post("/api/jobs/none", "{}").statusCode()).isEqualTo(405);
        assertThat(server.get("/api/jobs/../../x").statusCode()).isEqualTo(404);
        assertThat(server.get("/..%2f..%2fjob.json").statusCode()).isEqualTo(404);
        assertThat(server.send(server.request("/api/jobs")
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(415);
        assertThat(server.post("/api/jobs", " ".repeat((32 << 20) + 1)).statusCode())
                .isEqualTo(413);
    }

    /** A picture a pixel wide would become one of millions at the model's size. */
    @Test
    void aPictureThatWouldBecomeTooLargeIsRefused() throws Exception {
        var thin = new BufferedImage(1, 20_000, BufferedImage.TYPE_INT_RGB);
        String image = Base64.getEncoder().encodeToString(PngFile.encode(thin, Map.of()));
        JsonNode job = server.awaitEnd(server.json(server.post(
                        "/api/jobs",
                        "{\"kind\": \"generate\", \"prompt\": \"a\", \"steps\": 1, \"image\": \"%s\"}"
                                .formatted(image)))
                .get("id")
                .textValue());
        assertThat(job.get("state").textValue()).isEqualTo("failed");
        assertThat(job.get("field").textValue()).isEqualTo("image");
        assertThat(job.get("error").textValue()).contains("64 x 1280000").contains("\"crop\"");
    }
}
