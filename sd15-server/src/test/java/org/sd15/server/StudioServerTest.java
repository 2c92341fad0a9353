package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.server.TestServer.PROMPT;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/** The server on the embedded model: the same bits by every way in. */
class StudioServerTest {

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

    private static String body(String more) {
        return "{%s \"prompt\": \"%s\", \"seed\": 7, \"steps\": 3}".formatted(more, PROMPT);
    }

    private static byte[] picture(String id) throws Exception {
        server.awaitEnd(id);
        return server.http()
                .send(server.request("/api/jobs/" + id + "/files/picture-1.png").build(), BodyHandlers.ofByteArray())
                .body();
    }

    private static byte[] byJob(String json) throws Exception {
        return picture(server.json(server.post("/api/jobs", json)).get("id").textValue());
    }

    private static byte[] decoded(JsonNode base64) {
        return Base64.getDecoder().decode(base64.textValue());
    }

    private static int[] pixels(byte[] png) throws Exception {
        var image = ImageIO.read(new ByteArrayInputStream(png));
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void everyWayInGivesTheBitsOfTheLibrary() throws Exception {
        byte[] own = byJob(body("\"kind\": \"generate\", \"scheduler\": \"ddim\","));
        byte[] web = decoded(
                server.json(server.post("/sdapi/v1/txt2img", body("\"cfg_scale\": 7.5, \"sampler_name\": \"DDIM\",")))
                        .at("/images/0"));
        byte[] openAi = decoded(server.json(server.post("/v1/images/generations", body("\"scheduler\": \"ddim\",")))
                .at("/data/0/b64_json"));
        int[] expected;
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            var run = GenerationRequest.of(PROMPT)
                    .steps(3)
                    .seed(7)
                    .scheduler(model.scheduler("ddim"))
                    .build()
                    .on(model);
            expected = pixels(
                    PngFile.encode(Pictures.toImages(model.decode(run.finish())).get(0), Map.of()));
        }
        assertThat(pixels(own)).as("/api").isEqualTo(expected);
        assertThat(pixels(web)).as("/sdapi").isEqualTo(expected);
        assertThat(pixels(openAi)).as("/v1").isEqualTo(expected);
    }

    @Test
    void aPictureOfSeveralIsWhatItIsAlone() throws Exception {
        JsonNode both =
                server.json(server.post("/sdapi/v1/txt2img", body("\"n_iter\": 2, \"sampler_name\": \"Euler a\",")));
        JsonNode info = TestServer.JSON.readTree(both.get("info").textValue());
        assertThat(info.get("all_seeds")).extracting(JsonNode::longValue).containsExactly(7L, 8L);
        JsonNode second = server.json(server.post(
                "/sdapi/v1/txt2img", body("\"sampler_name\": \"Euler a\",").replace("\"seed\": 7", "\"seed\": 8")));
        assertThat(pixels(decoded(both.at("/images/1")))).isEqualTo(pixels(decoded(second.at("/images/0"))));
    }

    @Test
    void aPictureSaysWithWhichFieldsItIsMadeAgain() throws Exception {
        byte[] drawn = byJob(body("\"kind\": \"generate\", \"scheduler\": \"DPM++ 2M Karras\", \"negative\": \"blue\","
                + " \"promptStyle\": \"webui\", \"guidance\": 5.5, \"clipSkip\": 1, \"width\": 80,"));
        ObjectNode picture = TestServer.JSON.createObjectNode();
        picture.put("image", Base64.getEncoder().encodeToString(drawn));
        JsonNode info = server.json(server.post("/api/png-info", picture.toString()));
        assertThat(info.at("/fields/kind").textValue()).isEqualTo("generate");
        assertThat(info.at("/fields/promptStyle").textValue()).isEqualTo("webui");
        assertThat(pixels(byJob(info.get("fields").toString()))).isEqualTo(pixels(drawn));
        assertThat(server.json(server.post("/sdapi/v1/png-info", picture.toString()))
                        .get("info")
                        .textValue())
                .isEqualTo(info.get("text").textValue());
    }

    @Test
    void aPictureIsDrawnOverByEitherApi() throws Exception {
        String start = Base64.getEncoder().encodeToString(byJob(body("\"kind\": \"generate\",")));
        byte[] web = decoded(server.json(server.post(
                        "/sdapi/v1/img2img",
                        body(
                                "\"cfg_scale\": 7.5, \"sampler_name\": \"DDIM\", \"denoising_strength\": 0.5, \"init_images\": [\"%s\"],"
                                        .formatted(start))))
                .at("/images/0"));
        byte[] own = byJob(body("\"kind\": \"generate\", \"scheduler\": \"ddim\", \"strength\": 0.5, \"image\": \"%s\","
                .formatted(start)));
        assertThat(pixels(web)).isEqualTo(pixels(own));
        String form = form("prompt", PROMPT)
                + form("seed", "7")
                + form("steps", "3")
                + form("strength", "0.5")
                + form("scheduler", "ddim");
        byte[] image = Base64.getDecoder().decode(start);
        byte[] head = (form + "--cut\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] tail = "\r\n--cut--\r\n".getBytes(StandardCharsets.UTF_8);
        byte[] openAi = decoded(server.json(server.send(server.request("/v1/images/edits")
                        .header("Content-Type", "multipart/form-data; boundary=cut")
                        .POST(BodyPublishers.concat(
                                BodyPublishers.ofByteArray(head),
                                BodyPublishers.ofByteArray(image),
                                BodyPublishers.ofByteArray(tail)))))
                .at("/data/0/b64_json"));
        assertThat(pixels(openAi)).isEqualTo(pixels(own));
    }

    private static String form(String name, String value) {
        return "--cut\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n".formatted(name, value);
    }

    @Test
    void theWebUiIsToldWhatThereIs() throws Exception {
        server.awaitModel();
        for (JsonNode sampler : server.json(server.get("/sdapi/v1/samplers"))) {
            String name = sampler.get("name").textValue();
            assertThat(WebUiLists.isKnown(name, "Automatic")).as(name).isTrue();
        }
        for (JsonNode schedule : server.json(server.get("/sdapi/v1/schedulers"))) {
            String name = schedule.get("label").textValue();
            assertThat(WebUiLists.isKnown("Euler", name)).as(name).isTrue();
        }
        assertThat(server.json(server.get("/sdapi/v1/sd-models"))
                        .at("/0/model_name")
                        .textValue())
                .isEqualTo("embedded");
        assertThat(server.json(server.get("/sdapi/v1/options"))
                        .get("sd_model_checkpoint")
                        .textValue())
                .isEqualTo("embedded");
        assertThat(server.json(server.get("/sdapi/v1/progress")).get("progress").doubleValue())
                .isBetween(0.0, 1.0);
    }
}
