package org.sd15.pipeline.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;

/**
 * What short prompts are filled up with: the end token, unless the folder of a tokenizer names another, as Stable Diffusion
 * 2's does. A prompt that has its text has this token.
 *
 * <p>Transformers reads {@code special_tokens_map.json} only where {@code tokenizer_config.json} has no {@code
 * added_tokens_decoder}, and then before that one.
 */
final class PaddingToken {

    private static final String KEY = "pad_token";

    private PaddingToken() {}

    /** The padding of a tokenizer's folder. */
    static AddedToken read(Path folder, Map<String, Integer> vocabulary, List<AddedToken> added) throws IOException {
        Path configFile = folder.resolve("tokenizer_config.json");
        Path mapFile = folder.resolve("special_tokens_map.json");
        ObjectNode config = object(configFile);
        ObjectNode map = config.has("added_tokens_decoder") ? JsonNodeFactory.instance.objectNode() : object(mapFile);
        boolean mapped = map.hasNonNull(KEY);
        JsonNode token = mapped ? map.path(KEY) : config.path(KEY);
        JsonNode content = token.isObject() ? token.path("content") : token;
        String text = token.isMissingNode() || token.isNull() ? ClipTokenizer.END : content.asText();
        Integer id = Stream.concat(
                        Stream.ofNullable(vocabulary.get(text)),
                        added.stream()
                                .filter(word -> word.content().equals(text))
                                .map(AddedToken::id))
                .findFirst()
                .orElse(null);
        if (id == null) {
            throw new ImportException(
                    mapped ? mapFile : configFile,
                    "has the pad_token \"%s\", which is in no vocabulary".formatted(TokenizerFiles.shown(text)));
        }
        return new AddedToken(text, id, false, false);
    }

    private static ObjectNode object(Path file) throws IOException {
        return Files.isRegularFile(file) ? StrictJson.readObject(file) : JsonNodeFactory.instance.objectNode();
    }
}
