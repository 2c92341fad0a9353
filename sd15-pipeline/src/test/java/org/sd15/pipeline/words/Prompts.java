package org.sd15.pipeline.words;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.provider.Arguments;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.testing.Fixture;

/** Prompts through CLIP's tokenizer, and what the published code makes of them: see tools/reference/make_edit.py. */
public final class Prompts {

    private static final ClipTokenizer TOKENIZER = tokenizer();

    private Prompts() {}

    /** A prompt. */
    public static PromptWords words(String prompt) {
        return PromptWords.of(prompt, TOKENIZER::encode);
    }

    public static EditPrompts edit(String source, String... targets) {
        return EditPrompts.of(source, List.of(targets), TOKENIZER::encode);
    }

    public static Stream<Arguments> cases(String name) {
        try {
            JsonNode all = new ObjectMapper()
                    .readTree(
                            Fixture.resource("sd15-pipeline", "edit/edit.json").toFile());
            return elements(all.get(name)).map(Arguments::of);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    public static List<String> texts(JsonNode array) {
        return elements(array).map(JsonNode::asText).toList();
    }

    public static List<Integer> integers(JsonNode array) {
        return elements(array).map(JsonNode::asInt).toList();
    }

    private static ClipTokenizer tokenizer() {
        try {
            return ClipTokenizer.load(Fixture.resource("sd15-pipeline", "tokenizer"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
