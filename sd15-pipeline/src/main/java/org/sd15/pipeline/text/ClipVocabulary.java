package org.sd15.pipeline.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sd15.importer.io.ImportException;

/** The files of a tokenizer as a whole: which there are, and whether they are those of CLIP. */
public final class ClipVocabulary {

    /** The tokens of CLIP: 256 bytes, twice, the merges, start and end. */
    private static final int TOKENS = 49_408;

    private static final int MERGES = TOKENS - 2 * 256 - 2;

    private static final List<String> TWO = List.of("vocab.json", "merges.txt");

    /** All names of files that a tokenizer's folder may have. */
    private static final List<String> ALL = List.of(
            "vocab.json",
            "merges.txt",
            TokenizerJson.NAME,
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json");

    private ClipVocabulary() {}

    /** Whether a folder has a tokenizer: {@code tokenizer.json}, {@code vocab.json} or {@code merges.txt}. */
    public static boolean isIn(Path folder) {
        return Stream.concat(TWO.stream(), Stream.of(TokenizerJson.NAME))
                .anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
    }

    /** The files of a tokenizer that a folder has, whatever else is in it. */
    public static List<Path> files(Path folder) {
        return existing(folder, ALL);
    }

    private static List<Path> existing(Path folder, List<String> names) {
        return names.stream().map(folder::resolve).filter(Files::isRegularFile).toList();
    }

    /**
     * The files with CLIP's vocabulary and merges.
     *
     * @return {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json} where one of them is missing
     * @throws ImportException if they are damaged or those of another tokenizer; the message has both numbers
     */
    public static List<Path> requireWhole(Path folder) throws IOException {
        TokenizerFiles.Content content = new TokenizerFiles(folder).read();
        require(folder, "tokens", content.vocabulary().size(), TOKENS);
        require(folder, "merges", content.merges().ranks().size(), MERGES);
        List<Path> two = existing(folder, TWO);
        return two.size() == TWO.size() ? two : existing(folder, List.of(TokenizerJson.NAME));
    }

    private static void require(Path folder, String what, int count, int expected) {
        if (count != expected) {
            throw new ImportException(
                    folder,
                    "has %,d %s; the tokenizer of openai/clip-vit-large-patch14 has %,d"
                            .formatted(count, what, expected));
        }
    }
}
