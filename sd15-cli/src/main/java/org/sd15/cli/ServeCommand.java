package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.UserData;
import org.sd15.server.ServerOptions;
import org.sd15.server.StudioServer;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves the studio: its page, and jobs over HTTP. */
@Command(
        name = "serve",
        footer = {"sd15 serve", "sd15 serve --model stable-diffusion-v1-5 --port 7860 --loras loras"},
        description = "Draw and edit on a page and over HTTP, as clients of the web UI and of OpenAI do too.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    private static final int TOKEN_BYTES = 16;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = ServerOptions.LOOPBACK,
            description = "Address to listen at; any but 127.0.0.1 needs a token (default: 127.0.0.1).")
    private String host = ServerOptions.LOOPBACK;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "7860",
            description = "Port to listen at; 0 for any that is free (default: 7860).")
    @InRange(from = 0, to = 65_535)
    private int port;

    @Option(
            names = "--token",
            paramLabel = "TEXT",
            description = "What requests must have (default: with another --host one is made and printed).")
    private @Nullable String token;

    @Option(
            names = "--history",
            paramLabel = "DIR",
            description = "Where jobs and their pictures are kept (default: in the user's data folder).")
    private @Nullable Path history;

    @Option(names = "--models", paramLabel = "DIR", description = "Models that can be switched to.")
    private @Nullable Path models;

    @Option(names = "--loras", paramLabel = "DIR", description = "LoRAs that requests may name, in subfolders too.")
    private @Nullable Path loras;

    @Option(
            names = "--embeddings",
            paramLabel = "DIR",
            description = "Learnt words that prompts may have, in subfolders too.")
    private @Nullable Path embeddings;

    @Override
    public Integer call() throws Exception {
        model.inputs().requireThere();
        requireFolder("--models", models);
        requireFolder("--loras", loras);
        requireFolder("--embeddings", embeddings);
        boolean open = !host.equals(ServerOptions.LOOPBACK) && !host.equals("localhost");
        if (open && token == null) {
            byte[] drawn = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(drawn);
            token = HexFormat.of().formatHex(drawn);
        }
        Path kept = history == null ? UserData.tokenizer().resolveSibling("studio") : history;
        ServerOptions options = new ServerOptions(host, port, token, kept, Limits.DEFAULT);
        try (StudioServer server = StudioServer.start(options, shelf())) {
            String address = "http://%s:%d/".formatted(host, server.port());
            Console.results(address + (token == null ? "" : "?token=" + token));
            Console.note("jobs are kept in %s; end with Ctrl+C", kept);
            waitForEnd(server);
        }
        return 0;
    }

    private static void requireFolder(String option, @Nullable Path folder) {
        if (folder != null && !Files.isDirectory(folder)) {
            throw new IllegalArgumentException("%s %s: no such folder".formatted(option, folder));
        }
    }

    private ModelShelf shelf() throws IOException {
        ModelShelf shelf = new ModelShelf(model::load, model.name(), model.path(), Versions.SD15);
        if (models != null) {
            shelf.addModels(models);
        }
        if (loras != null) {
            shelf.addLoras(loras);
        }
        if (embeddings != null) {
            shelf.addEmbeddings(embeddings);
        }
        return shelf;
    }

    /** Until the process is asked to end: then the running step is, and the queue is on disk. */
    private static void waitForEnd(StudioServer server) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                server.close();
            } catch (IOException | InterruptedException problem) {
                Console.note("%s", problem);
            }
        }));
        new CountDownLatch(1).await();
    }
}
