package org.sd15.server.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask: requests for this very host, so that no foreign name that resolves to it is taken (DNS rebinding), from pages of
 * this very origin, and with the token where there is one.
 *
 * @param host the server is bound to
 * @param token that requests must have, or null
 */
record Guard(String host, @Nullable String token) {

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
                    + " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Sets the headers that every answer has. */
    static void protect(Headers headers) {
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
    }

    /**
     * Lets a request in.
     *
     * @throws HttpProblem 403 for another host or origin, 401 without the token
     */
    void require(HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        String asked = headers.getFirst("Host");
        if (asked == null || !isOurs(asked, exchange.getLocalAddress().getPort())) {
            throw new HttpProblem(403, "the Host header is not this server's: open it by the address that it printed");
        }
        String origin = headers.getFirst("Origin");
        if (origin != null && !isSame(origin, asked) || "cross-site".equals(headers.getFirst("Sec-Fetch-Site"))) {
            throw new HttpProblem(403, "the request comes from another site");
        }
        if (token != null && !isPublic(exchange) && !hasToken(exchange)) {
            throw new HttpProblem(401, "a token is required: Authorization: Bearer TOKEN");
        }
    }

    private boolean isOurs(String asked, int port) {
        String name = asked.toLowerCase(Locale.ROOT);
        if (name.endsWith(":" + port)) {
            name = name.substring(0, name.length() - Integer.toString(port).length() - 1);
        }
        return LOOPBACK.contains(name)
                || name.equals(host.toLowerCase(Locale.ROOT))
                || token != null && isAddress(name);
    }

    /** A number can't be rebound by a name server. */
    private static boolean isAddress(String name) {
        return name.matches("[0-9.]+|\\[[0-9a-f:]+\\]");
    }

    private static boolean isSame(String origin, String asked) {
        try {
            String authority = URI.create(origin).getAuthority();
            return authority != null && authority.equalsIgnoreCase(asked);
        } catch (IllegalArgumentException garbled) {
            return false;
        }
    }

    /** The page itself has no secrets, and a browser can't send the token for it. */
    private static boolean isPublic(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return exchange.getRequestMethod().equals("GET")
                && !path.startsWith("/api")
                && !path.startsWith("/sdapi")
                && !path.startsWith("/v1");
    }

    private boolean hasToken(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header != null && header.startsWith("Bearer ")) {
            return isToken(header.substring("Bearer ".length()).strip());
        }
        if (header != null && header.startsWith("Basic ")) { // the web UI's clients: any name, the token as password
            try {
                byte[] pair = Base64.getDecoder()
                        .decode(header.substring("Basic ".length()).strip());
                String text = new String(pair, StandardCharsets.UTF_8);
                return isToken(text.substring(text.indexOf(':') + 1));
            } catch (IllegalArgumentException garbled) {
                return false;
            }
        }
        String query = Call.queries(exchange).get("token");
        return query != null && exchange.getRequestMethod().equals("GET") && isToken(query);
    }

    private boolean isToken(String given) {
        return token != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
