package org.sd15.pipeline.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads and checks the two files of a tokenizer folder. */
final class TokenizerFiles {

    private static final String HEADER = "#version";

    private final Path folder;

    TokenizerFiles(Path folder) {
        this.folder = folder;
    }

    /** {@code vocab.json}: every token and its number. */
    Map<String, Integer> vocabulary() throws IOException {
        Path file = existing("vocab.json");
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new IllegalArgumentException(file + " must hold one JSON object of tokens and their numbers");
        }
        Map<String, Integer> vocabulary = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            JsonNode id = entry.getValue();
            if (!id.canConvertToInt() || !id.isIntegralNumber() || id.intValue() < 0) {
                throw new IllegalArgumentException(
                        "%s: token \"%s\" has the number %s; a whole number from 0 on is expected"
                                .formatted(file, entry.getKey(), id));
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
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " is not UTF-8 text", e);
        }
        Map<BytePairs.Pair, Integer> ranks = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isEmpty() || line.startsWith(HEADER)) {
                continue;
            }
            String[] pair = line.split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw new IllegalArgumentException("%s, line %d: \"%s\" is not two pieces with one blank between them"
                        .formatted(file, i + 1, line));
            }
            for (String piece : List.of(pair[0], pair[1], pair[0] + pair[1])) {
                if (!vocabulary.containsKey(piece)) {
                    throw new IllegalArgumentException(
                            "%s, line %d: \"%s\" is not in vocab.json; the files do not belong together"
                                    .formatted(file, i + 1, piece));
                }
            }
            ranks.put(new BytePairs.Pair(pair[0], pair[1]), i);
        }
        return new BytePairs(ranks);
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
            throw new IllegalArgumentException("%s has no token \"%s\" among its %d; this is not a CLIP vocabulary"
                    .formatted(file, token, vocabulary.size()));
        }
    }
}
