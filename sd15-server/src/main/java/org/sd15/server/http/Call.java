package org.sd15.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One request and its answer. */
public final class Call {

    /** Reads and writes bodies. A number that is no JSON, a second value and deep nesting are refused. */
    public static final ObjectMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxStringLength(64 << 20)
                            .maxNumberLength(64)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final HttpExchange exchange;
    private final int bodyLimit;
    private final List<String> parts;

    Call(HttpExchange exchange, int bodyLimit, List<String> parts) {
        this.exchange = exchange;
        this.bodyLimit = bodyLimit;
        this.parts = parts;
    }

    /** What stands in the place of the n-th {@code *} of the route. */
    public String part(int n) {
        return parts.get(n);
    }

    /** A header of the request. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    /** A parameter behind the question mark. */
    public Optional<String> query(String name) {
        return Optional.ofNullable(queries(exchange).get(name));
    }

    static Map<String, String> queries(HttpExchange exchange) {
        Map<String, String> all = new LinkedHashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            int at = pair.indexOf('=');
            try {
                String key = URLDecoder.decode(at < 0 ? pair : pair.substring(0, at), StandardCharsets.UTF_8);
                all.putIfAbsent(key, at < 0 ? "" : URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException garbled) {
                throw new HttpProblem(400, "the query of the address is garbled: " + pair);
            }
        }
        return all;
    }

    /**
     * The body.
     *
     * @throws HttpProblem 413 if it is larger than is taken
     */
    public byte[] body() throws IOException {
        long told = header("Content-Length").map(Call::length).orElse(0L);
        if (told > bodyLimit) {
            throw tooLarge();
        }
        byte[] bytes = exchange.getRequestBody().readNBytes(bodyLimit + 1); // stays open for what a refusal drains
        if (bytes.length > bodyLimit) {
            throw tooLarge();
        }
        return bytes;
    }

    private static long length(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException garbled) {
            throw new HttpProblem(400, "Content-Length is no number");
        }
    }

    private HttpProblem tooLarge() {
        return new HttpProblem(413, "the body is larger than %d bytes".formatted(bodyLimit));
    }

    /**
     * The body as a JSON object; an empty one if there is none.
     *
     * @throws HttpProblem 415 if it is said to be something else, 400 if it is none
     */
    public ObjectNode json() throws IOException {
        byte[] bytes = body();
        if (bytes.length == 0) {
            return JSON.createObjectNode();
        }
        String type = header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.startsWith("application/json")) {
            throw new HttpProblem(415, "the body must be application/json");
        }
        try {
            JsonNode read = JSON.readTree(bytes);
            if (read instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException garbled) {
            throw new HttpProblem(400, "the body is no JSON: " + garbled.getOriginalMessage());
        } catch (IOException garbled) { // bytes that are no UTF-8
            throw new HttpProblem(400, "the body is no JSON in UTF-8");
        }
        throw new HttpProblem(400, "the body must be a JSON object");
    }

    /** Answers with JSON. */
    public void answer(int status, JsonNode body) throws IOException {
        answer(status, "application/json", JSON.writeValueAsBytes(body));
    }

    /** Answers without a body. */
    public void answer(int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
    }

    /** Answers with bytes. */
    public void answer(int status, String type, byte[] bytes) throws IOException {
        set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
        if (!head && bytes.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    /** Sets a header of the answer. */
    public void set(String header, String value) {
        exchange.getResponseHeaders().set(header, value);
    }

    /** Begins an answer of server-sent events. */
    public EventStream events() throws IOException {
        set("Content-Type", "text/event-stream");
        set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(200, 0);
        return new EventStream(exchange.getResponseBody());
    }
}
