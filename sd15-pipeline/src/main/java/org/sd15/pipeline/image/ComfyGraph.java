package org.sd15.pipeline.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * ComfyUI's {@code prompt} text: a graph of nodes by number, each with a {@code class_type} and {@code inputs}, which are
 * values or links {@code [node, output]}. Where one {@code KSampler} draws, what it was given becomes parameters under the
 * web UI's keys; nodes whose effect on the picture is unknown are listed under {@code ComfyUI nodes}.
 */
final class ComfyGraph {

    /** Python writes {@code NaN}, and ComfyUI does so for every node. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /** Nodes without an effect of their own. */
    private static final Set<String> PLAIN = Set.of(
            "KSampler",
            "CLIPTextEncode",
            "CheckpointLoaderSimple",
            "EmptyLatentImage",
            "VAEDecode",
            "SaveImage",
            "PreviewImage");

    /** Inputs under which nodes hold the one value that they are there for. */
    private static final List<String> OF_VALUES =
            List.of("text", "value", "string", "seed", "int", "float", "number", "text_g");

    private final JsonNode nodes;
    private final Map<String, String> values = new LinkedHashMap<>();

    private ComfyGraph(JsonNode nodes) {
        this.nodes = nodes;
    }

    /**
     * What a graph asks for.
     *
     * @throws IOException if it is no graph, or it is not clear which of its nodes draws; without the name of the file
     */
    static GenerationParameters read(String text) throws IOException {
        JsonNode nodes;
        try {
            nodes = JSON.readTree(text);
        } catch (JsonProcessingException problem) {
            throw new BadPicture("its text \"prompt\" is no JSON, as ComfyUI writes it", problem);
        }
        if (nodes == null || !nodes.isObject()) {
            throw new BadPicture("its text \"prompt\" is no graph of ComfyUI");
        }
        return new ComfyGraph(nodes).parameters();
    }

    private GenerationParameters parameters() throws IOException {
        JsonNode sampler = sampler();
        put("Steps", sampler, "steps");
        put("Sampler", sampler, "sampler_name");
        put("Schedule type", sampler, "scheduler");
        put("CFG scale", sampler, "cfg");
        put("Seed", sampler, "seed");
        JsonNode latents = along(sampler, "latent_image", "width");
        String size = value(latents, "width") + "x" + value(latents, "height");
        if (size.matches("\\d+x\\d+")) {
            values.put("Size", size);
        }
        String batch = value(latents, "batch_size");
        if (!batch.isEmpty() && !batch.equals("1")) {
            values.put("Batch size", batch);
        }
        String strength = value(sampler, "denoise");
        if (!strength.isEmpty() && !strength.matches("1(\\.0*)?")) {
            values.put("Denoising strength", strength);
        }
        put("Model", along(sampler, "model", "ckpt_name"), "ckpt_name");
        String prompt = value(along(sampler, "positive", "text"), "text");
        String negative = value(along(sampler, "negative", "text"), "text");
        String others = others();
        if (!others.isEmpty()) {
            values.put("ComfyUI nodes", others);
        }
        return new GenerationParameters(prompt, negative, values);
    }

    private JsonNode sampler() throws IOException {
        List<JsonNode> samplers = new ArrayList<>();
        nodes.forEach(node -> {
            if (node.path("inputs").has("sampler_name") && node.path("inputs").has("steps")) {
                samplers.add(node);
            }
        });
        if (samplers.size() != 1 || !type(samplers.get(0)).equals("KSampler")) {
            throw new BadPicture("its ComfyUI graph has %s; how it was drawn can be told of one KSampler"
                    .formatted(
                            samplers.isEmpty()
                                    ? "no KSampler"
                                    : samplers.stream().map(ComfyGraph::type).collect(Collectors.joining(" and "))));
        }
        return samplers.get(0);
    }

    private static String type(JsonNode node) {
        return node.path("class_type").asText();
    }

    private void put(String key, JsonNode node, String input) {
        String value = value(node, input);
        if (!value.isEmpty()) {
            values.put(key, value);
        }
    }

    /** The node at the other end of a link that has an input, through nodes that pass on what they are given. */
    private JsonNode along(JsonNode from, String link, String wanted) {
        JsonNode node = target(from.path("inputs").path(link));
        for (int i = 0; i < nodes.size() && !node.path("inputs").has(wanted); i++) { // a graph may have a circle
            JsonNode inputs = node.path("inputs");
            String next = inputs.has("conditioning") ? "conditioning" : inputs.has("samples") ? "samples" : link;
            node = target(inputs.path(next));
        }
        return node;
    }

    private JsonNode target(JsonNode link) {
        return link.isArray() ? nodes.path(link.path(0).asText()) : JSON.missingNode();
    }

    /** The value of an input, or that of the node that it is linked to; empty if there is none. */
    private String value(JsonNode node, String input) {
        JsonNode value = node.path("inputs").path(input);
        for (int i = 0; i < nodes.size() && value.isArray(); i++) {
            JsonNode inputs = target(value).path("inputs");
            value = OF_VALUES.stream()
                    .map(inputs::path)
                    .filter(held -> !held.isMissingNode())
                    .findFirst()
                    .orElse(JSON.missingNode());
        }
        return value.isValueNode() && !value.isNull() ? value.asText() : "";
    }

    /** The nodes that may have changed the picture, with their values. */
    private String others() {
        List<String> others = new ArrayList<>();
        nodes.forEach(node -> {
            if (!PLAIN.contains(type(node))) {
                List<String> given = new ArrayList<>();
                node.path("inputs").fields().forEachRemaining(input -> {
                    if (input.getValue().isValueNode()) {
                        given.add(input.getKey() + " " + input.getValue().asText());
                    }
                });
                others.add(type(node) + (given.isEmpty() ? "" : " (" + String.join(", ", given) + ")"));
            }
        });
        return String.join("; ", others);
    }
}
