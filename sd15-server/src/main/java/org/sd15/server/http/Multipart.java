package org.sd15.server.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A form with files, {@code multipart/form-data} (RFC 7578). */
public final class Multipart {

    private static final Pattern BOUNDARY = Pattern.compile(";\\s*boundary=(?:\"([^\"]{1,70})\"|([^\\s;]{1,70}))");
    private static final Pattern NAME = Pattern.compile(";\\s*name=\"([^\"]*)\"");
    private static final int MOST_PARTS = 64;

    /**
     * One field.
     *
     * @param name as the form calls it
     * @param bytes its value
     */
    public record Part(String name, byte[] bytes) {

        /** The value as text. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private Multipart() {}

    /**
     * Cuts a body into its fields.
     *
     * @throws HttpProblem 415 if the type is another, 400 if the body is garbled
     */
    public static List<Part> read(String contentType, byte[] body) {
        Matcher boundary = BOUNDARY.matcher(contentType);
        if (!contentType.startsWith("multipart/form-data") || !boundary.find()) {
            throw new HttpProblem(415, "the body must be multipart/form-data with a boundary");
        }
        String text = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
        byte[] line = ("--" + text).getBytes(StandardCharsets.ISO_8859_1);
        List<Part> parts = new ArrayList<>();
        int at = find(body, line, 0);
        while (at >= 0 && parts.size() < MOST_PARTS) {
            int start = at + line.length;
            if (start + 2 <= body.length && body[start] == '-' && body[start + 1] == '-') {
                return parts;
            }
            int next = find(body, line, start);
            if (next < 0) {
                break;
            }
            parts.add(part(body, start, next));
            at = next;
        }
        throw new HttpProblem(400, "the form is garbled, or has more than %d fields".formatted(MOST_PARTS));
    }

    private static Part part(byte[] body, int start, int end) {
        int blank = find(body, new byte[] {'\r', '\n', '\r', '\n'}, start);
        if (blank < 0 || blank > end - 4) {
            throw new HttpProblem(400, "a field of the form has no headers");
        }
        Matcher name = NAME.matcher(new String(body, start, blank - start, StandardCharsets.UTF_8));
        if (!name.find()) {
            throw new HttpProblem(400, "a field of the form has no name");
        }
        return new Part(name.group(1), Arrays.copyOfRange(body, blank + 4, Math.max(blank + 4, end - 2)));
    }

    private static int find(byte[] body, byte[] wanted, int from) {
        for (int i = from; i + wanted.length <= body.length; i++) {
            if (body[i] == wanted[0] && Arrays.equals(body, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }
}
