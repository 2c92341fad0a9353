package org.sd15.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A browser without a window, if this machine has one.
 *
 * @param program the executable
 * @param folder for its profile and its output
 */
record Chromium(Path program, Path folder) {

    private static final long MINUTES = 2;

    /** What a browser made of a page: the document after its scripts, and what it logged. */
    record Seen(String document, String log) {}

    /** The one that {@code CHROME_BIN} names, or one in {@code PATH}. */
    static Optional<Path> found() {
        String named = System.getenv("CHROME_BIN");
        List<Path> candidates = new ArrayList<>();
        if (named != null) {
            candidates.add(Path.of(named));
        }
        for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
            Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                    .map(place -> Path.of(place, name))
                    .forEach(candidates::add);
        }
        return candidates.stream().filter(Files::isExecutable).findFirst();
    }

    /** Opens a page and waits for its scripts. */
    Seen open(Path page) throws IOException, InterruptedException {
        return run("--dump-dom", "--virtual-time-budget=5000", page.toUri().toString());
    }

    /** Takes a picture of a page in a window of a size. */
    void screenshot(Path page, int width, int height, Path png) throws IOException, InterruptedException {
        run(
                "--screenshot=" + png,
                "--window-size=" + width + "," + height,
                page.toUri().toString());
    }

    private Seen run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless",
                "--no-sandbox", // which root has none of
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--no-first-run",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("dom.html");
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IOException("%s did not end in %d minutes".formatted(program, MINUTES));
        }
        return new Seen(
                Files.readString(out, StandardCharsets.UTF_8),
                new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1));
    }
}
