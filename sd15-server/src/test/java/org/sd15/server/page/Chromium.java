package org.sd15.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window, spoken to by its DevTools protocol. */
final class Chromium implements AutoCloseable {

    private static final long SECONDS = 60;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final int port;

    private Chromium(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** The one that {@code CHROME_BIN} names, or one in {@code PATH}. */
    static Optional<Path> found() {
        String named = System.getenv("CHROME_BIN");
        List<Path> candidates = new ArrayList<>();
        if (named != null) {
            candidates.add(Path.of(named));
        }
        String[] folders = System.getenv().getOrDefault("PATH", "").split(File.pathSeparator);
        for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
            Stream.of(folders).map(folder -> Path.of(folder, name)).forEach(candidates::add);
        }
        return candidates.stream().filter(Files::isExecutable).findFirst();
    }

    /**
     * Starts one.
     *
     * @param folder for its profile and its log
     */
    static Chromium start(Path program, Path folder) throws IOException, InterruptedException {
        Path profile = folder.resolve("profile");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox", // which root has none of
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-extensions",
                        "--disable-background-networking",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("chromium.log").toFile())
                .start();
        return new Chromium(process, port(process, profile.resolve("DevToolsActivePort")));
    }

    private static int port(Process process, Path file) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < end && process.isAlive()) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() > 1) {
                    return Integer.parseInt(lines.get(0));
                }
            }
            Thread.sleep(50);
        }
        process.destroyForcibly();
        throw new IOException("the browser doesn't answer; its log is beside %s".formatted(file.getParent()));
    }

    /** Opens an address in a new tab of a size in pixels. */
    BrowserTab open(String address, int width, int height) throws IOException, InterruptedException {
        String asked = "http://127.0.0.1:%d/json/new?%s"
                .formatted(port, URLEncoder.encode("about:blank", StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create(asked))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        JsonNode target = new ObjectMapper()
                .readTree(HTTP.send(request, BodyHandlers.ofString()).body());
        BrowserTab tab = new BrowserTab(
                new DevTools(HTTP, target.get("webSocketDebuggerUrl").asText()));
        tab.resize(width, height);
        tab.go(address);
        return tab;
    }

    @Override
    public void close() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
