package org.sd15.pipeline.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.provider.Arguments;
import org.sd15.testing.Fixture;

/** The tables of prompts that {@code tools/reference/prompts.py} makes. */
final class PromptCases {

    private PromptCases() {}

    /** The entries of a table, each with its prompt as name. */
    static Stream<Arguments> of(String table) throws IOException {
        JsonNode all = new ObjectMapper()
                .readTree(Fixture.resource("sd15-pipeline", "prompts/" + table + ".json")
                        .toFile());
        return StreamSupport.stream(all.spliterator(), false)
                .map(entry -> Arguments.of(entry.get("prompt").asText(), entry));
    }

    static <T> List<T> list(JsonNode array, Function<JsonNode, T> read) {
        List<T> values = new ArrayList<>();
        array.forEach(node -> values.add(read.apply(node)));
        return values;
    }

    static Fragment fragment(JsonNode pair) {
        return new Fragment(pair.get(0).asText(), pair.get(1).asDouble());
    }
}
