package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.EmbeddingFormat;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;

/** Models and learnt words from folders that are given at the start. */
class ShelfTest {

    private static final int WIDTH = 128;

    @TempDir
    private Path folder;

    private TestServer start(ModelShelf shelf) throws Exception {
        ServerOptions options =
                new ServerOptions(ServerOptions.LOOPBACK, 0, null, folder.resolve("jobs"), Limits.DEFAULT);
        return new TestServer(StudioServer.start(options, shelf), HttpClient.newHttpClient());
    }

    @Test
    void aLearntWordIsInPromptsAndOneThatDoesNotFitIsNamed() throws Exception {
        Path words = Files.createDirectories(folder.resolve("words/below"));
        EmbeddingFile.write(
                new TextualInversion("<moon>", Nd4j.ones(2, WIDTH)),
                EmbeddingFormat.DIFFUSERS,
                words.resolve("moon.safetensors"));
        EmbeddingFile.write(
                new TextualInversion("<wide>", Nd4j.ones(1, WIDTH + 1)),
                EmbeddingFormat.DIFFUSERS,
                words.resolve("wide.safetensors"));
        ModelShelf shelf = TestServer.shelf();
        shelf.addEmbeddings(folder.resolve("words"));
        try (TestServer server = start(shelf)) {
            server.awaitModel();
            JsonNode embeddings = server.json(server.get("/api/model")).get("embeddings");
            assertThat(embeddings).hasSize(2);
            assertThat(embeddings.at("/0/name").textValue()).isEqualTo("<moon>");
            assertThat(embeddings.at("/0/problem").isNull()).isTrue();
            assertThat(embeddings.at("/1/name").textValue()).isEqualTo("wide");
            assertThat(embeddings.at("/1/problem").textValue()).isNotBlank();
            JsonNode web = server.json(server.get("/sdapi/v1/embeddings"));
            assertThat(web.at("/loaded/<moon>/vectors").intValue()).isEqualTo(2);
            assertThat(web.at("/skipped/wide").isObject()).isTrue();
            JsonNode cut = server.json(server.post("/api/words", "{\"prompt\": \"a <moon>\"}"));
            assertThat(cut.at("/words/1/tokens")).hasSize(2);
        }
    }

    @Test
    void anotherModelIsLoadedWithTheFirstJobThatNamesIt() throws Exception {
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.createSymbolicLink(models.resolve("again"), EmbeddedModel.folder());
        ModelShelf shelf = TestServer.shelf();
        shelf.addModels(models);
        try (TestServer server = start(shelf)) {
            server.awaitModel();
            JsonNode chosen = server.json(server.post("/api/model", "{\"name\": \"again\"}"));
            assertThat(chosen.get("name").textValue()).isEqualTo("again");
            assertThat(chosen.get("ready").booleanValue()).isFalse();
            JsonNode job = server.awaitEnd(server.draw(1));
            assertThat(job.get("state").textValue()).as(job.toString()).isEqualTo("done");
            assertThat(job.at("/request/model").textValue()).isEqualTo("again");
            JsonNode now = server.json(server.get("/api/model"));
            assertThat(now.get("ready").booleanValue()).isTrue();
            assertThat(now.get("models"))
                    .extracting(model -> model.get("name").textValue() + model.get("loaded"))
                    .containsExactly("againtrue", "embeddedfalse");
            server.json(server.post("/sdapi/v1/options", "{\"sd_model_checkpoint\": \"embedded [0123abcd]\"}"));
            assertThat(server.awaitEnd(server.draw(1)).at("/request/model").textValue())
                    .isEqualTo("embedded");
        }
    }

    /** A library that is missing, or no memory: what happens to one job must not happen to the queue. */
    @Test
    void anErrorEndsItsJobAndNotTheQueue() throws Exception {
        var failures = new AtomicInteger(2); // of the start, and of the first job
        ModelShelf shelf = new ModelShelf(
                path -> {
                    if (failures.getAndDecrement() > 0) {
                        throw new UnsatisfiedLinkError("no such library");
                    }
                    return StableDiffusion.load(path);
                },
                "embedded",
                EmbeddedModel.folder(),
                "test");
        try (TestServer server = start(shelf)) {
            JsonNode failed = server.awaitEnd(server.draw(1));
            assertThat(failed.get("state").textValue()).isEqualTo("failed");
            assertThat(failed.get("error").textValue()).contains("no such library");
            assertThat(server.awaitEnd(server.draw(1)).get("state").textValue()).isEqualTo("done");
        }
    }
}
