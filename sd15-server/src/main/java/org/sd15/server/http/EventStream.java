package org.sd15.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** An answer of server-sent events. */
public final class EventStream implements AutoCloseable {

    private final OutputStream out;

    EventStream(OutputStream out) {
        this.out = out;
    }

    /**
     * Sends an event.
     *
     * @throws IOException if the client is gone
     */
    public void send(String event, JsonNode data) throws IOException {
        write("event: %s\ndata: %s\n\n".formatted(event, Call.JSON.writeValueAsString(data)));
    }

    /**
     * Sends a comment, which keeps the connection and tells whether anybody is there.
     *
     * @throws IOException if the client is gone
     */
    public void ping() throws IOException {
        write(": still here\n\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
