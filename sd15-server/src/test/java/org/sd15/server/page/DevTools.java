package org.sd15.server.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The DevTools protocol with one tab: questions with answers, and what the page complains of. */
final class DevTools implements WebSocket.Listener, AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final long SECONDS = 60;

    private final WebSocket socket;
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();

    DevTools(HttpClient http, String address) {
        socket =
                http.newWebSocketBuilder().buildAsync(URI.create(address), this).join();
    }

    /** What the page's scripts threw, and what the browser refused it. */
    List<String> complaints() {
        return complaints;
    }

    /** Asks, and waits for the answer. */
    synchronized JsonNode ask(String method, ObjectNode parameters) {
        int id = number.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        open.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", parameters);
        socket.sendText(message.toString(), true).join();
        JsonNode answered = answer.orTimeout(SECONDS, TimeUnit.SECONDS).join();
        if (answered.has("error")) {
            throw new IllegalStateException("%s: %s".formatted(method, answered.get("error")));
        }
        return answered.path("result");
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            String whole = text.toString();
            text.setLength(0);
            take(whole);
        }
        from.request(1);
        return null;
    }

    private void take(String whole) {
        JsonNode message;
        try {
            message = JSON.readTree(whole);
        } catch (JsonProcessingException garbled) {
            throw new IllegalStateException(garbled);
        }
        CompletableFuture<JsonNode> asked = open.remove(message.path("id").asInt());
        if (asked != null) {
            asked.complete(message);
        } else if (message.path("method").asText().equals("Runtime.exceptionThrown")) {
            complaints.add(message.at("/params/exceptionDetails").toString());
        } else if (message.at("/params/entry/level").asText().equals("error")) {
            complaints.add(message.at("/params/entry/text").asText() + " "
                    + message.at("/params/entry/url").asText());
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
