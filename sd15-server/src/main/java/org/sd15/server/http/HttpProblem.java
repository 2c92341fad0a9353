package org.sd15.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Why a request is not answered as it asked, with the status that says so. */
public final class HttpProblem extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** The status of the answer. */
    private final int status;

    /** The field to blame, or null. */
    private final @Nullable String field;

    /**
     * A problem.
     *
     * @param status 4xx or 5xx
     * @param message one sentence for the client
     */
    public HttpProblem(int status, String message) {
        this(status, message, null);
    }

    /**
     * A problem of a field.
     *
     * @param status 4xx or 5xx
     * @param message one sentence for the client
     * @param field to blame, or null
     */
    public HttpProblem(int status, String message, @Nullable String field) {
        super(message);
        this.status = status;
        this.field = field;
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** The field to blame, or null. */
    public @Nullable String field() {
        return field;
    }

    /**
     * The same problem of a field that the client calls otherwise.
     *
     * @param names by ours
     */
    public HttpProblem renamed(Map<String, String> names) {
        String theirs = field == null ? null : names.get(field);
        if (field == null || theirs == null) {
            return this;
        }
        String said = message().startsWith(field + " ") ? theirs + message().substring(field.length()) : message();
        return new HttpProblem(status, said, theirs);
    }

    /** What it says. */
    public String message() {
        return String.valueOf(getMessage());
    }
}
