package org.sd15.pipeline.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;

/**
 * {@code tokenizer.json}, where Hugging Face's tokenizers keep everything in one file. Only CLIP's way of cutting words is
 * known here, so a file that describes another one is refused.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/v0.21.0/tokenizers/src/models/bpe/serialization.rs">
 *     tokenizers, serialization.rs</a>
 */
final class TokenizerJson {

    static final String NAME = "tokenizer.json";

    private static final List<String> NORMAL_FORM = List.of("NFC", "Replace", "Lowercase");

    private final Path file;
    private final ObjectNode root;

    private TokenizerJson(Path file, ObjectNode root) {
        this.file = file;
        this.root = root;
    }

    static TokenizerJson read(Path file) throws IOException {
        TokenizerFiles.requireSize(file);
        return new TokenizerJson(file, StrictJson.readIndex(file));
    }

    Path file() {
        return file;
    }

    /** Every token and its number. */
    Map<String, Integer> vocabulary() {
        requireText("type", "BPE");
        requireText("end_of_word_suffix", BytePairs.WORD_END);
        if (!model().path("continuing_subword_prefix")
                .asText("")
                .replace("null", "")
                .isEmpty()) {
            throw new ImportException(file, "has a continuing_subword_prefix, which CLIP has not");
        }
        List<String> normalizers = new ArrayList<>();
        root.path("normalizer")
                .path("normalizers")
                .forEach(each -> normalizers.add(each.path("type").asText()));
        if (!normalizers.equals(NORMAL_FORM)) {
            throw new ImportException(
                    file,
                    "has the normalizers %s; CLIP has %s"
                            .formatted(TokenizerFiles.shown(normalizers.toString()), NORMAL_FORM));
        }
        if (!(model().path("vocab") instanceof ObjectNode tokens)) {
            throw new ImportException(file, "has no vocabulary: model.vocab is no object");
        }
        return TokenizerFiles.vocabulary(file, withAdded(tokens));
    }

    /** The start and the end of a prompt may be written among the added tokens only. */
    private ObjectNode withAdded(ObjectNode tokens) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.setAll(tokens);
        for (JsonNode added : addedTokens()) {
            String content = added.path("content").asText();
            if (content.equals(ClipTokenizer.START) || content.equals(ClipTokenizer.END)) {
                all.putIfAbsent(content, added.path("id"));
            }
        }
        return all;
    }

    /** The pairs that may be joined, each a text with a blank in its middle, or since 2024 a list of two. */
    BytePairs merges(Map<String, Integer> vocabulary) {
        Map<BytePairs.Pair, Integer> ranks = new HashMap<>();
        for (JsonNode merge : model().path("merges")) {
            boolean list = merge.isArray() && merge.size() == 2;
            String pair = list ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText();
            int rank = ranks.size();
            ranks.putIfAbsent(TokenizerFiles.pair(file, "merge " + (rank + 1), pair, vocabulary), rank);
        }
        if (ranks.isEmpty()) {
            throw new ImportException(file, "has no model.merges; this is not a CLIP tokenizer");
        }
        return new BytePairs(ranks);
    }

    /** What it says of each added token. */
    JsonNode addedTokens() {
        return root.path("added_tokens");
    }

    private JsonNode model() {
        return root.path("model");
    }

    private void requireText(String key, String value) {
        String said = model().path(key).asText();
        if (!said.equals(value)) {
            throw new ImportException(
                    file, "model.%s is \"%s\"; CLIP's is \"%s\"".formatted(key, TokenizerFiles.shown(said), value));
        }
    }
}
