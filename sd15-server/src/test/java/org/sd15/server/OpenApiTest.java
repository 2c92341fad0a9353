package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /openapi.json} and {@code docs/http-api.md} have what is there, no less and no more. */
class OpenApiTest {

    private static final Set<String> METHODS = Set.of("get", "post", "delete");

    @TempDir
    static Path history;

    private static TestServer server;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(history);
        document = server.json(server.get("/openapi.json"));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void theDocumentHasTheRoutes() {
        List<String> documented = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        documented.add(method.toUpperCase(Locale.ROOT) + " "
                                + path.getKey().replaceAll("\\{\\w+}", "*"));
                    }
                }));
        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(server.server().routes());
    }

    @Test
    void whatItRefersToIsThere() {
        List<JsonNode> references = document.findValues("$ref");
        assertThat(references)
                .hasSizeGreaterThan(20)
                .allSatisfy(reference -> assertThat(
                                document.at(reference.textValue().substring(1)).isMissingNode())
                        .as(reference.textValue())
                        .isFalse());
    }

    @Test
    void aJobHasItsFields() throws Exception {
        JsonNode required = document.at("/components/schemas/Job/required");
        JsonNode job = server.awaitEnd(server.draw(1));
        List<String> names = new ArrayList<>();
        required.forEach(name -> names.add(name.textValue()));
        assertThat(job.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void thePageHasTheRoutesAndTheModel() throws Exception {
        String page = Files.readString(Path.of(System.getProperty("sd15.root"), "docs/http-api.md"));
        for (String route : server.server().routes()) {
            String name = route.substring(route.indexOf('/'));
            String end = name.substring(name.lastIndexOf('/') + 1);
            assertThat(page).contains(end.equals("*") ? name.substring(0, name.indexOf("/*")) : end);
        }
        server.awaitModel();
        JsonNode model = server.json(server.get("/api/model"));
        assertThat(model.fieldNames())
                .toIterable()
                .allSatisfy(field -> assertThat(page).contains("\"%s\"".formatted(field)));
        assertThat(model.get("methods").get(0).textValue()).isEqualTo("direct");
        assertThat(model.get("editable").booleanValue()).isTrue();
        assertThat(model.at("/example/source").textValue()).contains("star");
        assertThat(model.get("embeddings")).isEmpty();
    }
}
