package org.sd15.pipeline.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;

/**
 * Reads and checks the files of a tokenizer folder: {@code vocab.json} and {@code merges.txt}, or where one of them is
 * missing {@code tokenizer.json}, which has both; and the words that were added, from all the places that have some.
 */
final class TokenizerFiles {

    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String HEADER = "#version";

    /** Bytes of a file at most; CLIP's vocabulary has 1.1 million. */
    private static final long LARGEST_FILE = 16 << 20;

    /** Tokens at most, and what their numbers stay below; CLIP has 49,408. */
    private static final int MOST_TOKENS = 1_000_000;

    private static final int LONGEST_SHOWN = 100;

    private final Path folder;

    TokenizerFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * What a folder holds.
     *
     * @param vocabulary every token and its number
     * @param merges the pairs that may be joined
     * @param added the words beside the vocabulary
     */
    record Content(Map<String, Integer> vocabulary, BytePairs merges, List<AddedToken> added) {}

    Content read() throws IOException {
        Path whole = folder.resolve(TokenizerJson.NAME);
        TokenizerJson json = Files.isRegularFile(whole) ? TokenizerJson.read(whole) : null;
        List<AddedToken> words = new AddedTokenFiles(folder).read(json);
        if (json == null || (has(VOCABULARY) && has(MERGES))) {
            Map<String, Integer> vocabulary = vocabulary();
            return new Content(vocabulary, merges(vocabulary), words);
        }
        Map<String, Integer> vocabulary = json.vocabulary();
        return new Content(vocabulary, json.merges(vocabulary), words);
    }

    private boolean has(String name) {
        return Files.isRegularFile(folder.resolve(name));
    }

    private Map<String, Integer> vocabulary() throws IOException {
        Path file = existing(VOCABULARY);
        requireSize(file);
        return vocabulary(file, StrictJson.readIndex(file));
    }

    /** Every token and its number, from an object. */
    static Map<String, Integer> vocabulary(Path file, ObjectNode root) {
        if (root.size() > MOST_TOKENS) {
            throw new ImportException(file, "has %,d tokens, %,d at most can be".formatted(root.size(), MOST_TOKENS));
        }
        Map<String, Integer> vocabulary = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            vocabulary.put(entry.getKey(), number(file, entry.getKey(), entry.getValue()));
        }
        require(file, vocabulary, ClipTokenizer.START);
        require(file, vocabulary, ClipTokenizer.END);
        return vocabulary;
    }

    /** The number of a token. */
    static int number(Path file, String token, JsonNode id) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= MOST_TOKENS) {
            throw new ImportException(
                    file,
                    "token \"%s\" has the number %s; a whole number from 0 to %d is expected"
                            .formatted(shown(token), shown(id.toString()), MOST_TOKENS - 1));
        }
        return id.intValue();
    }

    /** {@code merges.txt}: the pairs that may be joined, the most important first, after an optional version line. */
    private BytePairs merges(Map<String, Integer> vocabulary) throws IOException {
        Path file = existing(MERGES);
        Map<BytePairs.Pair, Integer> ranks = new HashMap<>();
        int number = 0;
        for (String line : text(file).lines().toList()) {
            number++;
            if (!line.isEmpty() && !line.startsWith(HEADER)) {
                ranks.put(pair(file, "line " + number, line, vocabulary), number);
            }
        }
        return new BytePairs(ranks);
    }

    /** A pair that may be joined, written with a blank between its pieces. */
    static BytePairs.Pair pair(Path file, String place, String line, Map<String, Integer> vocabulary) {
        String[] pair = line.split(" ", -1);
        if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
            throw new ImportException(
                    file, "%s: \"%s\" is not two pieces with one blank between them".formatted(place, shown(line)));
        }
        for (String piece : List.of(pair[0], pair[1], pair[0] + pair[1])) {
            if (!vocabulary.containsKey(piece)) {
                throw new ImportException(file, "%s: \"%s\" is not in %s".formatted(place, shown(piece), where(file)));
            }
        }
        return new BytePairs.Pair(pair[0], pair[1]);
    }

    private static String where(Path file) {
        boolean two = file.endsWith(MERGES);
        return two ? VOCABULARY + "; the files do not belong together" : "its vocabulary";
    }

    private static String text(Path file) throws IOException {
        requireSize(file);
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new ImportException(file, "is not UTF-8 text", e);
        }
    }

    /** Refuses a file that is too large for a tokenizer's. */
    static void requireSize(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new ImportException(
                    file, "has %,d bytes, %,d at most can be".formatted(Files.size(file), LARGEST_FILE));
        }
    }

    /** A piece of a file for a message: not too long, and without what would move the cursor. */
    static String shown(String text) {
        String start = text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "..." : text;
        return start.replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    private Path existing(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "a CLIP tokenizer folder holds vocab.json and merges.txt");
        }
        return file;
    }

    private static void require(Path file, Map<String, Integer> vocabulary, String token) {
        if (!vocabulary.containsKey(token)) {
            throw new ImportException(
                    file,
                    "has no token \"%s\" among its %d; this is not a CLIP vocabulary"
                            .formatted(token, vocabulary.size()));
        }
    }
}
