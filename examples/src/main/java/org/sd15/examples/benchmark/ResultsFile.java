package org.sd15.examples.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sd15.importer.io.ImportException;

/**
 * All edits that were judged so far, a JSON object a line, each written as soon as it is known: a run that was killed goes
 * on where it was. The first line says what the results are of; those of another run are refused.
 */
public final class ResultsFile {

    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final Path path;
    private final Map<CaseResult.Key, CaseResult> results = new LinkedHashMap<>();

    private ResultsFile(Path path) {
        this.path = path;
    }

    /**
     * Opens a file, or begins one.
     *
     * @param of what the results depend on: model, steps, seed
     * @throws ImportException if the file has results of something else
     */
    public static ResultsFile open(Path path, Map<String, String> of) throws IOException {
        String header = MAPPER.writeValueAsString(of);
        var file = new ResultsFile(path);
        List<String> lines = Files.exists(path) ? Files.readAllLines(path, StandardCharsets.UTF_8) : List.of();
        if (lines.isEmpty()) {
            Files.writeString(path, header + "\n");
            return file;
        }
        if (!MAPPER.readTree(lines.get(0)).equals(MAPPER.readTree(header))) {
            throw new ImportException(
                    path, "has results of %s, not of %s: name another folder".formatted(lines.get(0), header));
        }
        file.read(lines.subList(1, lines.size()));
        return file;
    }

    /** The last line may be half of one, if the process was killed; it is cut off. */
    private void read(List<String> lines) throws IOException {
        List<String> whole = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                CaseResult result = MAPPER.readValue(lines.get(i), CaseResult.class);
                results.put(result.key(), result);
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

    /** What is known of an edit. */
    Optional<CaseResult> find(CaseResult.Key key) {
        return Optional.ofNullable(results.get(key));
    }

    /** Adds what came of an edit. */
    void add(CaseResult result) throws IOException {
        results.put(result.key(), result);
        Files.writeString(path, MAPPER.writeValueAsString(result) + "\n", StandardOpenOption.APPEND);
    }
}
