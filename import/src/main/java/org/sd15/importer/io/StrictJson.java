package org.sd15.importer.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON as the files of a model have it: UTF-8, no key twice, no deep nesting, nothing after the end. */
public final class StrictJson {

    /** Configuration files have a few kilobytes, the index of a sharded model a few megabytes. */
    private static final long LARGEST_FILE = 64 << 20;

    private static final int DEEPEST = 32;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength((int) LARGEST_FILE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws ImportException if it holds anything else
     */
    public static ObjectNode readObject(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ImportException(file, "no such file");
        }
        if (Files.size(file) > LARGEST_FILE) {
            throw new ImportException(file, "has %,d bytes, far too many for a JSON file".formatted(Files.size(file)));
        }
        return readObject(file, decode(file, ByteBuffer.wrap(Files.readAllBytes(file))), "");
    }

    /**
     * Reads a JSON object that a file holds beside other things.
     *
     * @param file the file
     * @param text the object
     * @param place where in the file it is, for errors; empty if it is the whole file
     * @throws ImportException if the text is anything else
     */
    public static ObjectNode readObject(Path file, String text, String place) {
        String subject = place.isEmpty() ? "" : place + " ";
        try {
            JsonNode root = MAPPER.readTree(text);
            if (root instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException problem) {
            throw new ImportException(file, subject + "is not valid JSON: " + describe(problem), problem);
        }
        throw new ImportException(file, subject + "holds no JSON object");
    }

    /** A parser that reads piece by piece, under the same rules. */
    public static JsonParser parser(String text) throws IOException {
        return MAPPER.getFactory().createParser(text);
    }

    /**
     * UTF-8 to text. The bytes are decoded here and not by the JSON library, which would also guess at UTF-16.
     *
     * @throws ImportException if the bytes are not UTF-8
     */
    public static String decode(Path file, ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException problem) {
            throw new ImportException(file, "the JSON text is not UTF-8", problem);
        }
    }

    /** What the library says is wrong, with line and column, on one line. */
    public static String describe(JsonProcessingException problem) {
        String place = problem.getLocation() == null
                ? ""
                : " (line %d, column %d)"
                        .formatted(
                                problem.getLocation().getLineNr(),
                                problem.getLocation().getColumnNr());
        return problem.getOriginalMessage().lines().findFirst().orElse("malformed") + place;
    }
}
