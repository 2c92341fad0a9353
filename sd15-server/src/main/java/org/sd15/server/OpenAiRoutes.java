package org.sd15.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sd15.server.http.Call;
import org.sd15.server.http.Front;
import org.sd15.server.http.HttpProblem;
import org.sd15.server.http.Multipart;
import org.sd15.server.job.JobFolder;
import org.sd15.server.job.JobQueue;

/**
 * OpenAI's API of pictures, {@code /v1/images}; besides its fields, {@code seed}, {@code steps}, {@code guidance}, {@code
 * scheduler}, {@code negative} and {@code strength} are read.
 */
record OpenAiRoutes(JobFolder folder, JobQueue queue) {

    private static final List<String> OURS =
            List.of("prompt", "seed", "steps", "guidance", "scheduler", "negative", "strength", "promptStyle");
    private static final Set<String> NUMBERS = Set.of("n", "seed", "steps", "guidance", "strength");
    private static final Map<String, String> THEIRS = Map.of("count", "n", "width", "size", "height", "size");

    void addTo(Front front) {
        front.on("POST", "/v1/images/generations", call -> answer(call, job(call.json())));
        front.on("POST", "/v1/images/edits", this::edit);
    }

    private static ObjectNode job(ObjectNode asked) {
        ObjectNode job = Call.JSON.createObjectNode().put("kind", "generate");
        OURS.forEach(field -> {
            if (asked.hasNonNull(field)) {
                job.set(field, asked.get(field));
            }
        });
        if (asked.hasNonNull("n")) {
            JsonNode n = asked.get("n");
            if (!n.isIntegralNumber() || !n.canConvertToInt() || n.intValue() < 1 || n.intValue() > 10) {
                throw new HttpProblem(422, "n must be a whole number from 1 to 10", "n");
            }
            job.set("count", n);
        }
        String size = asked.path("size").asText("auto");
        if (asked.hasNonNull("size") && !size.equals("auto")) {
            if (!size.matches("\\d{1,4}x\\d{1,4}")) {
                throw new HttpProblem(422, "size must be auto, or for instance 512x512", "size");
            }
            int at = size.indexOf('x');
            job.put("width", Integer.parseInt(size.substring(0, at)));
            job.put("height", Integer.parseInt(size.substring(at + 1)));
        }
        if (asked.hasNonNull("response_format")
                && !asked.get("response_format").asText().equals("b64_json")) {
            throw new HttpProblem(422, "response_format must be b64_json", "response_format");
        }
        return job;
    }

    private void edit(Call call) throws IOException {
        ObjectNode asked = Call.JSON.createObjectNode();
        for (Multipart.Part part : Multipart.read(call.header("Content-Type").orElse(""), call.body())) {
            String name = part.name().equals("image[]") ? "image" : part.name();
            if (name.equals("image") || name.equals("mask")) {
                asked.put(name, Base64.getEncoder().encodeToString(part.bytes()));
            } else if (NUMBERS.contains(name)) {
                asked.set(name, number(name, part.text()));
            } else {
                asked.put(name, part.text());
            }
        }
        if (!asked.has("image")) {
            throw new HttpProblem(422, "image is missing", "image");
        }
        ObjectNode job = job(asked);
        job.set("image", asked.get("image"));
        if (asked.has("mask")) {
            job.set("mask", asked.get("mask"));
        }
        answer(call, job);
    }

    private static JsonNode number(String name, String text) {
        try {
            JsonNode node = Call.JSON.readTree(text);
            if (node != null && node.isNumber()) {
                return node;
            }
        } catch (JsonProcessingException garbled) {
            // said below
        }
        throw new HttpProblem(422, "%s must be a number".formatted(name), name);
    }

    /** The fields of a problem are called as the client calls them. */
    private ObjectNode done(ObjectNode job) throws IOException {
        try {
            return Submitting.done(queue, job);
        } catch (HttpProblem problem) {
            throw problem.renamed(THEIRS);
        }
    }

    private void answer(Call call, ObjectNode job) throws IOException {
        ObjectNode done = done(job);
        ObjectNode answer = Call.JSON.createObjectNode();
        answer.put("created", Instant.parse(done.get("created").textValue()).getEpochSecond());
        ArrayNode data = answer.putArray("data");
        for (byte[] png : Submitting.pictures(folder, done)) {
            data.addObject().put("b64_json", Base64.getEncoder().encodeToString(png));
        }
        call.answer(200, answer);
    }
}
