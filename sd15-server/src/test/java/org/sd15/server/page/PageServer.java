package org.sd15.server.page;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.server.ServerOptions;
import org.sd15.server.StudioServer;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;
import org.slf4j.LoggerFactory;

/** A server on the embedded model, and a browser. */
record PageServer(StudioServer server, Chromium browser) implements AutoCloseable {

    /** Starts both; without a browser the tests are skipped, and say so. */
    static PageServer start(Path folder) throws IOException, InterruptedException {
        Optional<Path> program = Chromium.found();
        if (program.isEmpty()) {
            LoggerFactory.getLogger(PageServer.class)
                    .warn(
                            "NO BROWSER: the tests of the page are skipped. Install chromium, or name one in CHROME_BIN.");
        }
        assumeTrue(program.isPresent(), "no Chromium on the PATH or in CHROME_BIN");
        Path profile = Files.createDirectories(folder.resolve("browser"));
        ModelShelf shelf = new ModelShelf(StableDiffusion::load, "embedded", EmbeddedModel.folder(), "test");
        ServerOptions options =
                new ServerOptions(ServerOptions.LOOPBACK, 0, null, folder.resolve("history"), Limits.DEFAULT);
        StudioServer server = StudioServer.start(options, shelf);
        return new PageServer(server, Chromium.start(program.get(), profile));
    }

    /** A new tab with the page, which knows nothing of other tabs. */
    BrowserTab tab(int width, int height) throws IOException, InterruptedException {
        return browser.open("http://127.0.0.1:%d/".formatted(server.port()), width, height);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        browser.close();
        server.close();
    }
}
