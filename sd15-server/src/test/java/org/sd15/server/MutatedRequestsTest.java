package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.image.PngFile;
import org.sd15.server.job.Limits;

/** Whatever is sent, the server answers, and never that it failed. */
class MutatedRequestsTest {

    private static final Limits SMALL = new Limits(2, 2, 128 * 128, 4, 1 << 20);
    private static final String TEXT = "application/json";

    /** A request that is right. */
    private record Good(String method, String path, String body) {}

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1",
            "2",
            "0.5",
            "1e308",
            "-1e-308",
            "9223372036854775808",
            "\"\"",
            "\"x\"",
            "\"(((\"",
            "\"<lora:x:1> AND [a:b:0.5]\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"" + "x ".repeat(1900) + "\"",
            "[]",
            "[[]]",
            "[\"star\", \"moon\"]",
            "[[\"star\", \"star\"]]",
            "{}",
            "{\"star\": 3}",
            "{\"job\": \"../..\", \"file\": \"../job.json\"}",
            "{\"name\": \"../../x\", \"scale\": 1e9}",
            "[".repeat(200));

    @TempDir
    private Path history;

    @Test
    void someHundred() throws Exception {
        send(Integer.getInteger("sd15.requests", 300));
    }

    @Test
    @Tag("full")
    void tenThousand() throws Exception {
        send(10_000);
    }

    private static List<Good> good() throws Exception {
        var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        String png = Base64.getEncoder()
                .encodeToString(PngFile.encode(image, Map.of("parameters", "a\nSteps: 1, Seed: 2, Size: 64x64")));
        List<Good> good = new ArrayList<>();
        String job = "{\"kind\": \"%s\", \"steps\": 1, \"seed\": 3, \"guidance\": 2.5, %s}";
        String prompt = "\"prompt\": \"a red star\", ";
        String pair = "\"source\": \"a red star\", \"target\": \"a blue star\", ";
        String picture = "\"image\": \"%s\"".formatted(png);
        for (String fields : List.of(
                "generate|" + prompt
                        + "\"width\": 64, \"height\": 64, \"count\": 1, \"clipSkip\": 0, \"eta\": 0, \"scheduler\": \"ddim\"",
                "generate|" + prompt
                        + "\"promptStyle\": \"webui\", \"mask\": \"%s\", \"strength\": 1, \"maskBlur\": 1, "
                                .formatted(png)
                        + picture,
                "edit|" + pair
                        + "\"crossSteps\": [0, 1], \"weights\": {\"star\": 2}, \"blend\": [[\"star\", \"star\"]], \"maps\": false",
                "edit|" + pair + "\"method\": \"ddim\", \"skip\": 0, " + picture,
                "heatmap|" + prompt + "\"resize\": \"crop\", " + picture,
                "ledits|\"edits\": [{\"prompt\": \"star\", \"guidance\": 3, \"threshold\": 0.9}], \"skip\": 0.1, "
                        + picture,
                "masactrl|" + pair + "\"startStep\": 1, \"maskWords\": [\"star\", \"star\"]",
                "attend|" + prompt + "\"words\": [\"star\"], \"attempts\": 1",
                "dds|" + pair + "\"iterations\": 1, " + picture,
                "invert|" + prompt + "\"method\": \"direct\", " + picture)) {
            int at = fields.indexOf('|');
            good.add(new Good("POST", "/api/jobs", job.formatted(fields.substring(0, at), fields.substring(at + 1))));
        }
        good.add(new Good(
                "POST", "/api/words", "{\"prompt\": \"a red star\", \"target\": \"a blue star\", \"mode\": \"auto\"}"));
        good.add(new Good("POST", "/api/png-info", "{" + picture + "}"));
        good.add(new Good("POST", "/api/model", "{\"name\": \"embedded\"}"));
        good.add(
                new Good(
                        "POST",
                        "/sdapi/v1/txt2img",
                        "{\"prompt\": \"a\", \"steps\": 1, \"batch_size\": 1, \"sampler_name\": \"DDIM\", \"override_settings\": {}}"));
        good.add(new Good(
                "POST",
                "/sdapi/v1/img2img",
                "{\"prompt\": \"a\", \"steps\": 1, \"init_images\": [\"%s\"], \"mask\": \"%s\"}".formatted(png, png)));
        good.add(new Good("POST", "/sdapi/v1/png-info", "{" + picture + "}"));
        good.add(new Good("POST", "/sdapi/v1/options", "{\"sd_model_checkpoint\": \"embedded\"}"));
        good.add(new Good(
                "POST", "/v1/images/generations", "{\"prompt\": \"a\", \"n\": 1, \"steps\": 1, \"size\": \"64x64\"}"));
        good.add(new Good("GET", "/api/jobs?limit=3&before=2&state=done", ""));
        good.add(new Good("GET", "/api/jobs/20260101-000000000-0000/files/a.png", ""));
        good.add(new Good("DELETE", "/api/jobs/20260101-000000000-0000", ""));
        return good;
    }

    private void send(int count) throws Exception {
        Random random = new Random(19);
        List<Good> all = good();
        int[] answers = new int[6];
        try (TestServer server = TestServer.start(history, null, SMALL)) {
            server.awaitModel();
            for (Good request : all) {
                server.post(request.path, request.body);
            }
            for (int i = 0; i < count; i++) {
                Good request = all.get(random.nextInt(all.size()));
                byte[] body = mutated(request.body, random);
                String path = random.nextInt(8) == 0 ? mutatedPath(request.path, random) : request.path;
                HttpResponse<String> answer = server.send(server.request(path)
                        .header("Content-Type", random.nextInt(30) == 0 ? "text/plain" : TEXT)
                        .method(request.method, BodyPublishers.ofByteArray(body)));
                assertThat(answer.statusCode())
                        .as("%d: %s %s%n%s%n%s", i, request.method, path, answer.body(), shown(body))
                        .isBetween(200, 499);
                answers[answer.statusCode() / 100]++;
            }
            assertThat(answers[2]).as("some are still right").isPositive();
            assertThat(answers[4]).as("most are not").isGreaterThan(count / 4);
            assertThat(server.json(server.get("/api/model")).get("name").textValue())
                    .isEqualTo("embedded");
            requireNoFailure(server);
        }
    }

    private static void requireNoFailure(TestServer server) throws Exception {
        String last =
                server.json(server.get("/api/jobs?limit=1")).at("/jobs/0/id").textValue();
        server.awaitEnd(last);
        for (JsonNode job :
                server.json(server.get("/api/jobs?limit=500&state=failed")).get("jobs")) {
            assertThat(job.get("error").textValue()).as(job.toString()).doesNotContain("the server failed");
        }
        server.awaitEnd(server.draw(2));
    }

    private static String shown(byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        return text.length() > 2000 ? text.substring(0, 2000) : text;
    }

    private static byte[] mutated(String body, Random random) throws Exception {
        if (body.isEmpty() || random.nextInt(3) > 0) {
            return body.isEmpty() ? new byte[0] : fieldChanged(body, random);
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /** The JSON with another value in the place of one of its values, or one more. */
    private static byte[] fieldChanged(String body, Random random) throws Exception {
        ObjectNode object = (ObjectNode) TestServer.JSON.readTree(body);
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.get(random.nextInt(names.size()));
        object.put(name, "HERE");
        String value = VALUES.get(random.nextInt(VALUES.size()));
        return object.toString().replace("\"HERE\"", value).getBytes(StandardCharsets.UTF_8);
    }

    private static String mutatedPath(String path, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> path + "/";
            case 1 -> path + "%00";
            case 2 -> path.replaceFirst("/", "/%2e%2e%2f");
            case 3 -> path + (path.contains("?") ? "&" : "?") + "limit=-1&skip_current_image=%F0";
            case 4 -> path.replace("a", "%61");
            default -> "/" + "x/".repeat(random.nextInt(200));
        };
    }
}
