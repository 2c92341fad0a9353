package org.sd15.shapes.pictograms;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.sd15.pipeline.text.ClipTokenizer;

/**
 * A vocabulary of CLIP's shape, in which the words of captions are one token each, but for a few of two, so that nobody
 * relies on one. Any other text is spelled out.
 *
 * <p>CLIP's alphabet comes first, 256 symbols alone and at the end of a word, then a token for each merge, then start
 * and end.
 */
public final class PictogramVocabulary {

    private static final String WORDS = "/pictograms/words.txt";
    private static final String WORD_END = "</w>";
    private static final int BYTES = 256;

    private final Set<List<String>> merges = new LinkedHashSet<>();

    private PictogramVocabulary() {}

    /**
     * Writes {@code vocab.json} and {@code merges.txt}.
     *
     * @param arguments the folder of a tokenizer
     */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]));
    }

    /** Writes {@code vocab.json} and {@code merges.txt} into a folder. */
    public static void write(Path folder) throws IOException {
        PictogramVocabulary vocabulary = new PictogramVocabulary();
        words().forEach(vocabulary::learn);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("vocab.json"), new ObjectMapper().writeValueAsString(vocabulary.tokens()));
        List<String> lines = new ArrayList<>(List.of("#version: 0.2"));
        vocabulary.merges.forEach(pair -> lines.add(String.join(" ", pair)));
        Files.writeString(folder.resolve("merges.txt"), String.join("\n", lines) + "\n");
    }

    /** The words, each as its pieces. */
    static List<List<String>> words() {
        try (InputStream stream = Objects.requireNonNull(PictogramVocabulary.class.getResourceAsStream(WORDS), WORDS)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> List.of(line.split("\\|", -1)))
                    .toList();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** Adds the merges that are missing until each piece is one token. */
    private void learn(List<String> pieces) {
        for (int i = 0; i < pieces.size(); i++) {
            String end = i == pieces.size() - 1 ? WORD_END : "";
            List<String> parts = merged(symbols(pieces.get(i), end));
            while (parts.size() > 1) {
                merges.add(List.copyOf(parts.subList(0, 2)));
                parts = merged(symbols(pieces.get(i), end));
            }
        }
    }

    private static List<String> symbols(String piece, String end) {
        List<String> symbols = new ArrayList<>(List.of(piece.split("")));
        symbols.set(symbols.size() - 1, symbols.get(symbols.size() - 1) + end);
        return symbols;
    }

    /** What the merges so far make of some symbols. */
    private List<String> merged(List<String> symbols) {
        List<String> parts = new ArrayList<>(symbols);
        for (List<String> pair : merges) {
            for (int i = 0; i + 1 < parts.size(); i++) {
                if (parts.subList(i, i + 2).equals(pair)) {
                    parts.set(i, parts.get(i) + parts.remove(i + 1));
                }
            }
        }
        return parts;
    }

    private Map<String, Integer> tokens() {
        Set<String> tokens = new LinkedHashSet<>(alphabet());
        alphabet().forEach(symbol -> tokens.add(symbol + WORD_END));
        merges.forEach(pair -> tokens.add(String.join("", pair)));
        tokens.add(ClipTokenizer.START);
        tokens.add(ClipTokenizer.END);
        Map<String, Integer> numbered = new LinkedHashMap<>();
        tokens.forEach(token -> numbered.put(token, numbered.size()));
        return numbered;
    }

    /** The symbols that GPT-2 and CLIP write bytes with, in the order of their code points. */
    private static List<String> alphabet() {
        List<Integer> points = new ArrayList<>();
        int hidden = BYTES; // bytes that don't print are written by the symbols from here on
        for (int value = 0; value < BYTES; value++) {
            boolean prints = value > ' ' && value < 0x7F || value > 0xA0 && value != 0xAD;
            points.add(prints ? value : hidden++);
        }
        return points.stream()
                .sorted()
                .map(point -> IntStream.of(point)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString())
                .toList();
    }
}
