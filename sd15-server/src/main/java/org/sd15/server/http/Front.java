package org.sd15.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes requests, lets in those that may, and gives each to its route. */
public final class Front implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Front.class);
    private static final int MOST_AT_ONCE = 256;
    private static final long MOST_DRAINED = 64L << 20;

    /** What answers a request. */
    @FunctionalInterface
    public interface Handler {

        /** Answers. */
        void answer(Call call) throws IOException;
    }

    private record Route(String method, List<String> path, Handler handler) {

        @Nullable
        List<String> match(List<String> asked) {
            if (asked.size() != path.size()) {
                return null;
            }
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                if (path.get(i).equals("*")) {
                    parts.add(asked.get(i));
                } else if (!path.get(i).equals(asked.get(i))) {
                    return null;
                }
            }
            return parts;
        }
    }

    private final List<Route> routes = new ArrayList<>();
    private final HttpServer server;
    private final ExecutorService threads;
    private final Guard guard;
    private final int bodyLimit;

    /**
     * A front that is bound and doesn't listen yet.
     *
     * @param host to bind to
     * @param port to bind to, 0 for any that is free
     * @param token that requests must have, or null
     * @param bodyLimit bytes of a body at most
     */
    public Front(String host, int port, @Nullable String token, int bodyLimit) throws IOException {
        this.guard = new Guard(host, token);
        this.bodyLimit = bodyLimit;
        System.setProperty("sun.net.httpserver.maxReqTime", "60"); // a body that never comes holds no thread for ever
        System.setProperty("sun.net.httpserver.nodelay", "true");
        this.server = bound(host, port);
        this.threads = new ThreadPoolExecutor(0, MOST_AT_ONCE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "http");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    private static HttpServer bound(String host, int port) throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 0);
        } catch (BindException taken) {
            throw new IOException("%s:%d can't be listened at: %s".formatted(host, port, taken.getMessage()), taken);
        }
    }

    /**
     * Adds a route.
     *
     * @param path {@code /a/*}: a star stands for one part
     */
    public void on(String method, String path, Handler handler) {
        routes.add(new Route(method, split(path), handler));
    }

    /** All routes, as {@code GET /a/*}. */
    public List<String> routes() {
        return routes.stream()
                .map(route -> route.method + " /" + String.join("/", route.path))
                .toList();
    }

    /** Begins to listen. */
    public void start() {
        server.start();
    }

    /** The port that it is bound to. */
    public int port() {
        return server.getAddress().getPort();
    }

    private static List<String> split(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Guard.protect(exchange.getResponseHeaders());
            Call call = new Call(exchange, bodyLimit, List.of());
            try {
                guard.require(exchange);
                route(exchange);
            } catch (HttpProblem problem) {
                refuse(exchange, call, problem);
            } catch (IOException | RuntimeException bug) {
                fail(exchange, call, bug);
            }
        }
    }

    private static void fail(HttpExchange exchange, Call call, Exception bug) throws IOException {
        if (bug instanceof IOException && exchange.getResponseCode() != -1) {
            return; // the answer had begun: the client is gone
        }
        LOG.error("{} {}", exchange.getRequestMethod(), exchange.getRequestURI().getPath(), bug);
        refuse(exchange, call, new HttpProblem(500, "the server failed; its log says how"));
    }

    private void route(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        List<String> asked = path.startsWith("/") ? split(path) : List.of();
        boolean other = false;
        for (Route route : routes) {
            List<String> parts = route.match(asked);
            if (parts != null && (route.method.equals(method) || method.equals("HEAD") && route.method.equals("GET"))) {
                route.handler.answer(new Call(exchange, bodyLimit, parts));
                return;
            }
            other |= parts != null;
        }
        throw other
                ? new HttpProblem(405, "%s is not for %s".formatted(method, path))
                : new HttpProblem(404, "there is no %s".formatted(path));
    }

    private static void refuse(HttpExchange exchange, Call call, HttpProblem problem) throws IOException {
        if (exchange.getResponseCode() != -1) {
            return; // the answer had begun
        }
        ObjectNode body = Call.JSON.createObjectNode().put("error", problem.message());
        body.put("detail", problem.message()); // where the web UI's clients look
        if (problem.field() != null) {
            body.put("field", problem.field());
        }
        if (problem.status() == 401) {
            call.set("WWW-Authenticate", "Bearer");
        } else if (problem.status() == 429) {
            call.set("Retry-After", "5");
        }
        drain(exchange);
        call.answer(problem.status(), body);
    }

    /** Reads a little of what the client still sends, so that it gets to read the answer; a client that goes on is cut off. */
    private static void drain(HttpExchange exchange) throws IOException {
        InputStream in = exchange.getRequestBody();
        byte[] chunk = new byte[1 << 16];
        int count = in.read(chunk);
        for (long left = MOST_DRAINED - count; count >= 0 && left > 0; left -= count) {
            count = in.read(chunk);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
