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

/** Reads and checks the two files of a tokenizer folder. */
final class TokenizerFiles {

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

    /** {@code vocab.json}: every token and its number. */
    Map<String, Integer> vocabulary() throws IOException {
        Path file = existing("vocab.json");
        ObjectNode root = StrictJson.readObject(file, text(file), "");
        if (root.size() > MOST_TOKENS) {
            throw new ImportException(file, "has %,d tokens, %,d at most can be".formatted(root.size(), MOST_TOKENS));
        }
        Map<String, Integer> vocabulary = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= MOST_TOKENS) {
                throw new ImportException(
                        file,
                        "token \"%s\" has the number %s; a whole number from 0 to %d is expected"
                                .formatted(shown(entry.getKey()), shown(id.toString()), MOST_TOKENS - 1));
            }
            vocabulary.put(entry.getKey(), id.intValue());
        }
        require(file, vocabulary, ClipTokenizer.START);
        require(file, vocabulary, ClipTokenizer.END);
        return vocabulary;
    }

    /** {@code merges.txt}: the pairs that may be joined, the most important first, after an optional version line. */
    BytePairs merges(Map<String, Integer> vocabulary) throws IOException {
        Path file = existing("merges.txt");
        Map<BytePairs.Pair, Integer> ranks = new HashMap<>();
        int number = 0;
        for (String line : text(file).lines().toList()) {
            number++;
            if (!line.isEmpty() && !line.startsWith(HEADER)) {
                ranks.put(pair(file, number, line, vocabulary), number);
            }
        }
        return new BytePairs(ranks);
    }

    private static BytePairs.Pair pair(Path file, int number, String line, Map<String, Integer> vocabulary) {
        String[] pair = line.split(" ", -1);
        if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
            throw new ImportException(
                    file,
                    "line %d: \"%s\" is not two pieces with one blank between them".formatted(number, shown(line)));
        }
        for (String piece : List.of(pair[0], pair[1], pair[0] + pair[1])) {
            if (!vocabulary.containsKey(piece)) {
                throw new ImportException(
                        file,
                        "line %d: \"%s\" is not in vocab.json; the files do not belong together"
                                .formatted(number, shown(piece)));
            }
        }
        return new BytePairs.Pair(pair[0], pair[1]);
    }

    private static String text(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new ImportException(
                    file, "has %,d bytes, %,d at most can be".formatted(Files.size(file), LARGEST_FILE));
        }
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new ImportException(file, "is not UTF-8 text", e);
        }
    }

    /** A piece of a file for a message: not too long, and without what would move the cursor. */
    private static String shown(String text) {
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
