package org.sd15.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes tasks of requests. */
public final class TaskReader {

    private static final List<String> KINDS =
            List.of("generate", "edit", "heatmap", "ledits", "masactrl", "attend", "dds", "invert");

    private final JobFolder folder;
    private final ModelShelf shelf;
    private final Limits limits;

    /** A reader whose pictures of earlier jobs are in a folder. */
    public TaskReader(JobFolder folder, ModelShelf shelf, Limits limits) {
        this.folder = folder;
        this.shelf = shelf;
        this.limits = limits;
    }

    /** The ways to turn a picture into noise. */
    public static List<String> inversionMethods() {
        return Inversions.METHODS;
    }

    /** A request that was read. */
    record Parsed(
            Task task,
            String model,
            @Nullable String client,
            boolean cancelRunning,
            ObjectNode read,
            Map<String, byte[]> uploads) {

        /** All fields, with pictures as those of a job. */
        ObjectNode request(String id) {
            ObjectNode request = read.deepCopy();
            uploads.keySet()
                    .forEach(field -> request.putObject(field).put("job", id).put("file", field + ".upload"));
            return request;
        }
    }

    /**
     * Reads a request.
     *
     * @throws IllegalArgumentException if it can't be done
     */
    Parsed read(ObjectNode given, String usualModel) {
        ObjectNode request = given.path("kind").asText().equals("edit") ? withInversion(given) : given;
        Fields fields = new Fields(request, this::picture);
        String kind = fields.required("kind");
        if (!KINDS.contains(kind)) {
            throw new FieldProblem("kind", "kind is \"%s\", must be one of %s".formatted(kind, KINDS));
        }
        String model = shelf.require(fields.text("model", usualModel));
        String client = fields.text("client");
        if (client != null && client.length() > 64) {
            throw new FieldProblem("client", "client has %d characters, up to 64 are taken".formatted(client.length()));
        }
        boolean cancelRunning = fields.flag("cancelRunning", false);
        Task task = switch (kind) {
            case "generate" -> GenerateTask.of(fields, limits);
            case "edit" -> EditTask.of(fields, limits);
            case "heatmap" -> HeatmapTask.of(fields, limits);
            case "ledits" -> LeditsTask.of(fields, limits);
            case "masactrl" -> MasaCtrlTask.of(fields, limits);
            case "attend" -> AttendTask.of(fields, limits);
            case "dds" -> DdsTask.of(fields, limits);
            default -> InvertTask.of(fields, limits);
        };
        return new Parsed(task, model, client, cancelRunning, fields.read(), fields.uploads());
    }

    /** An edit that names an inversion takes over how that was done. */
    private ObjectNode withInversion(ObjectNode given) {
        if (!given.hasNonNull("inversion")) {
            return given;
        }
        String id = given.get("inversion").asText();
        ObjectNode earlier = folder.read(id)
                .filter(job -> job.path("kind").asText().equals("invert"))
                .orElseThrow(() -> new FieldProblem("inversion", "there is no invert job \"%s\"".formatted(id)));
        JsonNode how = earlier.get("request");
        ObjectNode all = given.deepCopy();
        for (String field :
                List.of("image", "resize", "method", "steps", "scheduler", "model", "promptStyle", "seed")) {
            if (!all.hasNonNull(field) && how.hasNonNull(field)) {
                all.set(field, how.get(field));
            }
        }
        if (!all.hasNonNull("source")) {
            all.set("source", how.get("prompt"));
        }
        return all;
    }

    /**
     * The bytes of a picture.
     *
     * @throws IllegalArgumentException if there are none
     */
    public byte[] picture(JsonNode node) {
        if (node.isTextual()) {
            return decode(node.textValue());
        }
        String id = node.path("job").asText("");
        String file = node.path("file").asText("");
        if (!folder.ids().contains(id)) {
            throw new IllegalArgumentException("must be base64, or {\"job\", \"file\"} of an earlier job");
        }
        try {
            if (file.matches("[A-Za-z]{1,32}\\.upload")) {
                return folder.upload(id, file.substring(0, file.indexOf('.')));
            }
            return folder.file(id, file)
                    .orElseThrow(() -> new IllegalArgumentException("job %s has no such file".formatted(id)));
        } catch (IOException gone) {
            throw new IllegalArgumentException("job %s has no such file".formatted(id), gone);
        }
    }

    /** The bytes of base64, also of a data URL. */
    static byte[] decode(String text) {
        int comma = text.startsWith("data:") ? text.indexOf(',') + 1 : 0;
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(text.substring(comma));
            if (bytes.length == 0) {
                throw new IllegalArgumentException("is empty, must be base64 of a picture");
            }
            return bytes;
        } catch (IllegalArgumentException garbled) {
            throw new IllegalArgumentException("must be base64 of a picture", garbled);
        }
    }

    /** A command line to be copied into a shell. */
    static String command(List<String> arguments) {
        return "sd15 "
                + arguments.stream()
                        .map(word ->
                                word.matches("[A-Za-z0-9._/=,:-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
    }
}
