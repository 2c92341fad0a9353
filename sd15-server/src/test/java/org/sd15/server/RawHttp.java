package org.sd15.server;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** HTTP over a bare socket, for headers that Java's own client doesn't send, and for streams. */
final class RawHttp implements AutoCloseable {

    /** A server-sent event. */
    record Event(String name, String data) {}

    private final Socket socket;
    private final InputStream in;
    private final List<String> head = new ArrayList<>();
    private final BufferedReader body;

    private RawHttp(int port, String... lines) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream());
        socket.getOutputStream().write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            head.add(line);
        }
        body = new BufferedReader(new InputStreamReader(new Chunks(in), StandardCharsets.UTF_8));
    }

    /** Sends lines, and an empty one, and reads the head of the answer. */
    static RawHttp send(int port, String... lines) throws IOException {
        return new RawHttp(port, lines);
    }

    /** The status of the answer to lines. */
    static int status(int port, String... lines) throws IOException {
        try (RawHttp http = send(port, lines)) {
            return http.status();
        }
    }

    int status() {
        return Integer.parseInt(head.get(0).split(" ")[1]);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** All events, until one has the last name or the stream ends. */
    List<Event> events(String last) throws IOException {
        List<Event> events = new ArrayList<>();
        String name = "";
        for (String line = body.readLine(); line != null; line = body.readLine()) {
            if (line.startsWith("event: ")) {
                name = line.substring("event: ".length());
            } else if (line.startsWith("data: ")) {
                events.add(new Event(name, line.substring("data: ".length())));
                if (name.equals(last)) {
                    return events;
                }
            }
        }
        return events;
    }

    /** Whether the server ends the stream, with nothing more in it. */
    boolean isAtItsEnd() throws IOException {
        for (String line = body.readLine(); line != null; line = body.readLine()) {
            if (!line.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A body in chunks, RFC 9112 section 7.1. */
    private static final class Chunks extends InputStream {

        private final InputStream in;
        private int left;
        private boolean begun;
        private boolean ended;

        Chunks(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && !ended) {
                if (begun) {
                    line(in);
                }
                begun = true;
                String size = line(in);
                left = size.isEmpty() ? 0 : Integer.parseInt(size, 16);
                ended = left == 0;
            }
            if (ended) {
                return -1;
            }
            int count = in.read(bytes, offset, Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }
    }
}
