package org.sd15.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A tokenizer of CLIP's size, with tokens made by a rule. */
final class ClipVocabulary {

    /** As many as CLIP's. */
    static final int MERGES = 48_894;

    private ClipVocabulary() {}

    /** Writes its two files into a new folder, with the first of its merges. */
    static Path write(Path folder, int merges) throws IOException {
        Map<String, Integer> tokens = new TreeMap<>();
        StringBuilder lines = new StringBuilder("#version: 0.2\n");
        for (int i = 0; i < 256; i++) {
            tokens.put(symbol(i), i);
            tokens.put(symbol(i) + "</w>", 256 + i);
        }
        for (int i = 0; i < MERGES; i++) {
            tokens.put(symbol(i / 256) + symbol(i % 256) + "</w>", 512 + i);
            if (i < merges) {
                lines.append("%s %s</w>%n".formatted(symbol(i / 256), symbol(i % 256)));
            }
        }
        tokens.put("<|startoftext|>", 49_406);
        tokens.put("<|endoftext|>", 49_407);
        Path made = Files.createDirectories(folder.resolve("clip-" + merges));
        Files.writeString(made.resolve("vocab.json"), new JsonMapper().writeValueAsString(tokens));
        Files.writeString(made.resolve("merges.txt"), lines);
        return made;
    }

    private static String symbol(int number) {
        return Character.toString(0x100 + number);
    }
}
