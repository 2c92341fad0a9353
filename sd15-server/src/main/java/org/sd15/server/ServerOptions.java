package org.sd15.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.server.job.Limits;

/**
 * How a server is started.
 *
 * @param host to bind to
 * @param port to bind to; 0 for any that is free
 * @param token that requests must have; null only for a loopback host
 * @param history where jobs are kept
 * @param limits of a request
 */
public record ServerOptions(String host, int port, @Nullable String token, Path history, Limits limits) {

    /** The host that only this machine reaches. */
    public static final String LOOPBACK = "127.0.0.1";

    /** Checks that a server for others has a token, and that it is none that all have. */
    public ServerOptions {
        if (token != null && token.isBlank()) {
            throw new IllegalArgumentException("the token is blank: anybody has that one");
        }
        if (token == null && !host.equals(LOOPBACK) && !host.equals("localhost")) {
            throw new IllegalArgumentException(
                    "a server at %s can be reached by others: give it a token".formatted(host));
        }
    }
}
