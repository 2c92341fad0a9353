package org.sd15.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.sd15.importer.io.ImportException;

/**
 * What was found out so far, a JSON object a line, each written as soon as it is known: a run that was killed goes on
 * where it was. The first line says what the results are of; those of something else are refused.
 *
 * @param <T> a result, as a record
 */
public final class JsonLines<T> {

    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final Path path;
    private final Class<T> type;
    private final Function<T, Object> key;
    private final Map<Object, T> results = new LinkedHashMap<>();

    private JsonLines(Path path, Class<T> type, Function<T, Object> key) {
        this.path = path;
        this.type = type;
        this.key = key;
    }

    /**
     * Opens a file, or begins one.
     *
     * @param of what the results depend on: model, steps, seed
     * @param type of a result
     * @param key tells results apart
     * @throws ImportException if the file has results of something else
     */
    public static <T> JsonLines<T> open(Path path, Map<String, String> of, Class<T> type, Function<T, Object> key)
            throws IOException {
        String header = MAPPER.writeValueAsString(of);
        var file = new JsonLines<T>(path, type, key);
        List<String> lines = Files.exists(path) ? lines(path) : List.of();
        if (lines.isEmpty()) {
            Files.writeString(path, header + "\n");
            return file;
        }
        if (!isOf(of, lines.get(0))) {
            throw new ImportException(
                    path, "has results of %s, not of %s: name another folder".formatted(lines.get(0), header));
        }
        file.read(lines.subList(1, lines.size()));
        return file;
    }

    private static List<String> lines(Path path) throws IOException {
        try {
            return Files.readAllLines(path, StandardCharsets.UTF_8);
        } catch (CharacterCodingException problem) {
            throw new ImportException(path, "is not UTF-8, so it has no results: name another folder", problem);
        }
    }

    private static boolean isOf(Map<String, String> of, String header) {
        try {
            return MAPPER.readTree(header).equals(MAPPER.valueToTree(of));
        } catch (JsonProcessingException problem) { // results of nothing
            return false;
        }
    }

    /** The last line may be half of one, if the process was killed; it is cut off. */
    private void read(List<String> lines) throws IOException {
        List<String> whole = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                T result = MAPPER.readValue(lines.get(i), type);
                results.put(key.apply(result), result);
                whole.add(lines.get(i));
            } catch (JsonProcessingException problem) {
                if (i < lines.size() - 1) {
                    throw new ImportException(path, "line %d is no result".formatted(i + 2), problem);
                }
                truncate(lines.get(i));
            }
        }
        endLine();
    }

    private void truncate(String rest) throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(path, StandardOpenOption.WRITE)) {
            int bytes = rest.getBytes(StandardCharsets.UTF_8).length;
            boolean ended = Files.readString(path).endsWith("\n");
            channel.truncate(channel.size() - bytes - (ended ? 1 : 0));
        }
    }

    private void endLine() throws IOException {
        if (!Files.readString(path).endsWith("\n")) {
            Files.writeString(path, "\n", StandardOpenOption.APPEND);
        }
    }

    /** The result of a key, if it is known. */
    Optional<T> find(Object wanted) {
        return Optional.ofNullable(results.get(wanted));
    }

    /** Adds a result. */
    void add(T result) throws IOException {
        results.put(key.apply(result), result);
        Files.writeString(path, MAPPER.writeValueAsString(result) + "\n", StandardOpenOption.APPEND);
    }
}
