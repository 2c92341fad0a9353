package org.sd15.pipeline.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;

/**
 * The words that were added to a tokenizer, as by textual inversion, from the three places in which the versions of
 * transformers have written them: {@code tokenizer.json}, {@code added_tokens_decoder} in {@code tokenizer_config.json} and
 * {@code added_tokens.json}. What the first says of a word holds; its number must be the same in all.
 */
final class AddedTokenFiles {

    /** Words at most; every prompt is searched for all of them. */
    private static final int MOST_ADDED = 10_000;

    /** Characters of a word at most. */
    private static final int LONGEST = 512;

    private final Path folder;
    private final Map<String, AddedToken> found = new LinkedHashMap<>();

    AddedTokenFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * The words, without the start and the end of a prompt.
     *
     * @param whole {@code tokenizer.json}, null if there is none
     */
    List<AddedToken> read(@Nullable TokenizerJson whole) throws IOException {
        if (whole != null) {
            for (JsonNode token : whole.addedTokens()) {
                add(whole.file(), token.path("content"), token.path("id"), token);
            }
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.isRegularFile(config)) {
            for (Map.Entry<String, JsonNode> entry :
                    StrictJson.readObject(config).path("added_tokens_decoder").properties()) {
                add(config, entry.getValue().path("content"), number(entry.getKey()), entry.getValue());
            }
        }
        Path list = folder.resolve("added_tokens.json");
        if (Files.isRegularFile(list)) {
            for (Map.Entry<String, JsonNode> entry : StrictJson.readObject(list).properties()) {
                add(list, TextNode.valueOf(entry.getKey()), entry.getValue(), entry.getValue());
            }
        }
        return found.values().stream()
                .filter(token -> !isPromptsEnd(token.content()))
                .toList();
    }

    /** The start and the end are known anyway; as they are written, they are these tokens. */
    private static boolean isPromptsEnd(String content) {
        return content.equals(ClipTokenizer.START) || content.equals(ClipTokenizer.END);
    }

    /** A key that may be a number. */
    private static JsonNode number(String key) {
        return key.matches("\\d{1,9}") ? IntNode.valueOf(Integer.parseInt(key)) : TextNode.valueOf(key);
    }

    private void add(Path file, JsonNode content, JsonNode id, JsonNode flags) {
        String word = content.asText();
        if (!content.isTextual() || word.isBlank() || word.length() > LONGEST) {
            throw new ImportException(
                    file,
                    "has the added token %s; a word of 1 to %d characters is expected"
                            .formatted(TokenizerFiles.shown(content.toString()), LONGEST));
        }
        int number = TokenizerFiles.number(file, word, id);
        AddedToken other = found.get(word);
        if (other != null && other.id() != number) {
            throw new ImportException(
                    file,
                    "has the added token \"%s\" as number %d, and another file of its folder as number %d"
                            .formatted(TokenizerFiles.shown(word), number, other.id()));
        }
        boolean special = flags.path("special").asBoolean(false);
        boolean normalized = flags.path("normalized").asBoolean(!special);
        found.putIfAbsent(
                word,
                new AddedToken(
                        word, number, normalized, flags.path("single_word").asBoolean(false)));
        if (found.size() > MOST_ADDED) {
            throw new ImportException(file, "has more than %,d added tokens".formatted(MOST_ADDED));
        }
    }
}
