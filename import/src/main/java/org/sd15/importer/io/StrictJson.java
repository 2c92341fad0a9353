package org.sd15.importer.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * JSON as the files of a model have it: UTF-8 without half characters, no key twice, no deep nesting, nothing after the
 * end, and no more than a model needs.
 */
public final class StrictJson {

    /** Bytes of a configuration; real ones have a few thousand. */
    public static final int LARGEST_FILE = 1 << 20;

    /** Bytes of the index of a sharded model or of a vocabulary; real ones have a few million. */
    public static final int LARGEST_INDEX = 64 << 20;

    /** Keys, values and brackets of one JSON text; CLIP's vocabulary has a hundred thousand. */
    public static final int MOST_TOKENS = 500_000;

    /** Lists and objects within each other. */
    public static final int DEEPEST = 32;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private static final JsonFactory PIECE_BY_PIECE = factory(Long.MAX_VALUE);

    /** Python writes NaN, Infinity and -Infinity, which JSON lacks; who reads numbers decides about them. */
    private static final JsonFactory OF_PYTHON = new JsonFactoryBuilder(factory(MOST_TOKENS))
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private static final JsonMapper MAPPER = new JsonMapper(OF_PYTHON);

    private StrictJson() {}

    private static JsonFactory factory(long mostTokens) {
        return JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                // A table of names, kept for the next file, is of no use to files whose names all differ.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxStringLength(LARGEST_INDEX)
                        .maxTokenCount(mostTokens)
                        .build())
                .build();
    }

    /**
     * Reads a file that holds one JSON object, such as a configuration.
     *
     * @throws ImportException if it holds anything else, or has more than {@value #LARGEST_FILE} bytes
     */
    public static ObjectNode readObject(Path file) throws IOException {
        return readObject(file, LARGEST_FILE);
    }

    /**
     * Reads a file that holds one JSON object with an entry for each tensor or word.
     *
     * @throws ImportException if it holds anything else, or has more than {@value #LARGEST_INDEX} bytes
     */
    public static ObjectNode readIndex(Path file) throws IOException {
        return readObject(file, LARGEST_INDEX);
    }

    private static ObjectNode readObject(Path file, int largest) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ImportException(file, "no such file");
        }
        long size = Files.size(file);
        if (size > largest) {
            throw new ImportException(
                    file, "has %,d bytes, far too many for JSON of its kind: at most %,d".formatted(size, largest));
        }
        try (Reader text = new BufferedReader(
                new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
            text.mark(1);
            if (text.read() != BYTE_ORDER_MARK) { // of Windows' editors, which is no part of the text
                text.reset();
            }
            return readObject(file, OF_PYTHON.createParser(text), "");
        } catch (CharacterCodingException malformed) {
            decode(file, ByteBuffer.wrap(Files.readAllBytes(file))); // throws, and knows where
            throw malformed;
        }
    }

    /**
     * Reads a JSON object that a file holds beside other things.
     *
     * @param file the file
     * @param text the object
     * @param place where in the file it is, for errors; empty if it is the whole file
     * @throws ImportException if the text is anything else, or has more than {@value #LARGEST_FILE} characters
     */
    public static ObjectNode readObject(Path file, String text, String place) {
        if (text.length() > LARGEST_FILE) {
            throw new ImportException(
                    file,
                    "%s has %,d characters, far too many for JSON of its kind: at most %,d"
                            .formatted(place, text.length(), LARGEST_FILE));
        }
        try {
            return readObject(file, OF_PYTHON.createParser(text), place.isEmpty() ? "" : place + " ");
        } catch (IOException fromMemory) {
            throw new ImportException(file, place + " is not valid JSON", fromMemory);
        }
    }

    private static ObjectNode readObject(Path file, JsonParser text, String subject) throws IOException {
        try (JsonParser json = new WholeCharacters(text)) {
            if (!(MAPPER.readTree(json) instanceof ObjectNode object)) {
                throw new ImportException(file, subject + "holds no JSON object");
            }
            if (json.nextToken() != null) {
                throw new ImportException(file, subject + "is not valid JSON: it goes on after its object");
            }
            return object;
        } catch (JsonProcessingException problem) {
            throw new ImportException(file, subject + "is not valid JSON: " + describe(problem), problem);
        }
    }

    /** A parser that reads piece by piece, under the same rules but for the number of pieces, which its user bounds. */
    public static JsonParser parser(String text) throws IOException {
        return new WholeCharacters(PIECE_BY_PIECE.createParser(text));
    }

    /**
     * UTF-8 to text. The bytes are decoded here and not by the JSON library, which would also guess at UTF-16.
     *
     * @throws ImportException if the bytes are not UTF-8
     */
    public static String decode(Path file, ByteBuffer bytes) {
        return Utf8.decode(file, bytes, "the JSON text");
    }

    /** What the library says is wrong, with line and column, on one line. */
    public static String describe(JsonProcessingException problem) {
        String place = problem.getLocation() == null
                ? ""
                : " (line %d, column %d)"
                        .formatted(
                                problem.getLocation().getLineNr(),
                                problem.getLocation().getColumnNr());
        String message = problem.getOriginalMessage().replaceFirst(", from `[^`]*`", "");
        return Shown.of(message.lines().findFirst().orElse("malformed")) + place;
    }
}
