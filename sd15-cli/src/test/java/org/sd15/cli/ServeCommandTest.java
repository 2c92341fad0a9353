package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import org.sd15.server.ServerOptions;
import org.sd15.server.StudioServer;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;

/** The command {@code serve}: the command that a job is told by draws its bits, and a stop keeps the queue. */
class ServeCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private JsonNode ask(int port, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
        }
        HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return JSON.readTree(answer.body());
    }

    private JsonNode awaitEnd(int port, String id) throws IOException, InterruptedException {
        JsonNode job = ask(port, "/api/jobs/" + id, "");
        while (job.get("finished").isNull()) {
            Thread.sleep(20);
            job = ask(port, "/api/jobs/" + id, "");
        }
        return job;
    }

    private static int[] pixels(Path png) throws IOException {
        BufferedImage image = PngFile.read(png);
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"kind": "generate", "prompt": "a large red star on a white background", "steps": 3, "seed": 7} | picture-1.png
            {"kind": "generate", "prompt": "a red (star:1.2)", "promptStyle": "webui", "negative": "it's blue", "steps": 2, "seed": 8, "scheduler": "Euler a", "width": 72, "clipSkip": 1} | picture-1.png
            {"kind": "edit", "source": "a large blue star", "target": "a large red star", "steps": 2, "seed": 9, "weights": {"red": 1.5}, "selfSteps": [0, 0.6]} | after.png
            {"kind": "attend", "prompt": "a red star and a blue circle", "words": ["star", "circle"], "steps": 2, "seed": 3, "attempts": 1} | picture-1.png
            """)
    void theCommandOfAJobDrawsItsBits(String request, String file) throws Exception {
        ModelShelf shelf = new ModelShelf(StableDiffusion::load, "embedded", EmbeddedModel.folder(), Versions.SD15);
        Path history = folder.resolve("jobs");
        ServerOptions options = new ServerOptions(ServerOptions.LOOPBACK, 0, null, history, Limits.DEFAULT);
        JsonNode job;
        try (StudioServer server = StudioServer.start(options, shelf)) {
            String id = ask(server.port(), "/api/jobs", request).get("id").textValue();
            job = awaitEnd(server.port(), id);
        }
        assertThat(job.get("state").textValue()).as(job.toString()).isEqualTo("done");
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(job.get("command").textValue().replace("'\\''", "\u2019"));
        while (word.find()) {
            words.add((word.group(1) == null ? word.group(2) : word.group(1)).replace('\u2019', '\''));
        }
        assertThat(words.remove(0)).isEqualTo("sd15");
        Path out = folder.resolve("out");
        boolean folderOfResults = words.get(0).equals("edit");
        words.addAll(List.of("--output", folderOfResults ? out.toString() : out + ".png"));
        Cli cli = Cli.run(words.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        Path drawn = folderOfResults ? out.resolve(file) : Path.of(out + ".png");
        assertThat(pixels(drawn))
                .isEqualTo(pixels(history.resolve(job.get("id").textValue()).resolve(file)));
    }

    /** SIGTERM, as a service manager sends it, while a job runs and others wait. */
    @Test
    void aStopKeepsTheQueue() throws Exception {
        Path history = folder.resolve("jobs");
        String id;
        String waiting;
        Process process = serve(history);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int port = URI.create(out.readLine()).getPort();
            String draw = "{\"kind\": \"generate\", \"prompt\": \"a\", \"steps\": %d}";
            id = ask(port, "/api/jobs", draw.formatted(200)).get("id").textValue();
            waiting = ask(port, "/api/jobs", draw.formatted(1)).get("id").textValue();
            while (ask(port, "/api/jobs/" + id, "").get("step").intValue() == 0) {
                Thread.sleep(20);
            }
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        for (String queued : List.of(id, waiting)) {
            JsonNode job =
                    JSON.readTree(Files.readAllBytes(history.resolve(queued).resolve("job.json")));
            assertThat(job.get("state").textValue()).isEqualTo("queued");
        }
    }

    private Process serve(Path history) throws IOException {
        return new ProcessBuilder(Stream.concat(
                                ShotCommand.java(), Stream.of("serve", "--port", "0", "--history", history.toString()))
                        .toList())
                .redirectError(folder.resolve("log.txt").toFile())
                .start();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --model nowhere      | nowhere: no such model
            --models nowhere     | --models nowhere: no such folder
            --loras nowhere      | --loras nowhere: no such folder
            --embeddings nowhere | --embeddings nowhere: no such folder
            --port 70000         | --port is 70000, must be from 0 to 65535
            """)
    void whatIsNotThereIsRefusedBeforeItListens(String arguments, String message) {
        Cli cli = Cli.run(("serve --history " + folder + " " + arguments).split(" "));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.message()).startsWith("sd15: " + message);
    }
}
