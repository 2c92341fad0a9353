package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;

/** The server on the embedded model: the same bits by every way in, and refusals that name the field. */
class StudioServerTest {

    private static final String PROMPT = "a large red star on a white background";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path history;

    private static StudioServer server;

    @BeforeAll
    static void start() throws Exception {
        ModelShelf shelf = new ModelShelf(StableDiffusion::load, "embedded", EmbeddedModel.folder(), "test");
        server = StudioServer.start(new ServerOptions("127.0.0.1", 0, null, history, Limits.DEFAULT), shelf);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void everyWayInGivesTheBitsOfTheLibrary(@TempDir Path folder) throws Exception {
        byte[] web = picture("/sdapi/v1/txt2img", "images", "\"cfg_scale\": 7.5, \"sampler_name\": \"DDIM\",");
        byte[] openAi = picture("/v1/images/generations", "data", "\"scheduler\": \"ddim\",");
        Path png = folder.resolve("a.png");
        java.nio.file.Files.write(png, web);
        int[] byWeb = pixels(png);
        java.nio.file.Files.write(png, openAi);
        assertThat(pixels(png)).isEqualTo(byWeb);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            var run = GenerationRequest.of(PROMPT)
                    .steps(3)
                    .seed(7)
                    .scheduler(model.scheduler("ddim"))
                    .build()
                    .on(model);
            PngFile.write(png, Pictures.toImages(model.decode(run.finish())).get(0), java.util.Map.of());
        }
        assertThat(byWeb).isEqualTo(pixels(png));
    }

    private static byte[] picture(String path, String list, String more) throws Exception {
        HttpResponse<String> answer =
                post(path, "{%s \"prompt\": \"%s\", \"seed\": 7, \"steps\": 3}".formatted(more, PROMPT));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode first = JSON.readTree(answer.body()).get(list).get(0);
        return Base64.getDecoder()
                .decode(
                        first.isTextual()
                                ? first.asText()
                                : first.get("b64_json").asText());
    }

    private static int[] pixels(Path png) throws Exception {
        var image = PngFile.read(png);
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void whatCantBeDoneIsA422ThatNamesTheField() throws Exception {
        HttpResponse<String> answer = post("/api/jobs", "{\"kind\": \"generate\", \"prompt\": \"a\", \"steps\": 0}");
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(JSON.readTree(answer.body()).get("field").asText()).isEqualTo("steps");
        assertThat(post("/api/jobs", "{").statusCode()).isEqualTo(400);
        assertThat(post("/api/none", "{}").statusCode()).isEqualTo(404);
        assertThat(post("/api/jobs", "{}", "Origin", "http://elsewhere.example").statusCode())
                .isEqualTo(403);
    }
}
