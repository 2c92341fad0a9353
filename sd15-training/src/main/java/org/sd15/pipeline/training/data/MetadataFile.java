package org.sd15.pipeline.training.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The list of a folder's pictures as in Hugging Face's imagefolder: {@code metadata.jsonl}, objects one after another, on a
 * line each or on several, or {@code metadata.csv} with the names of its columns on top.
 *
 * @param file that was read
 * @param entries in its order
 * @param others further keys or columns, which have neither names nor captions
 */
record MetadataFile(Path file, List<Entry> entries, Set<String> others) {

    static final String JSON_LINES = "metadata.jsonl";
    static final String CSV = "metadata.csv";

    private static final String NAME = "file_name";

    private static final List<String> CAPTIONS = List.of("text", "caption", "prompt");

    /**
     * A picture of the list.
     *
     * @param where names the entry in messages
     * @param name of the picture, relative to the folder
     * @param captions of which every time another is drawn; empty if there is none
     */
    record Entry(String where, String name, List<String> captions) {

        Entry {
            captions = List.copyOf(captions);
        }
    }

    /** The list that a folder has, of which {@code metadata.jsonl} goes before the other. */
    static Optional<Path> in(Path folder) {
        return Stream.of(JSON_LINES, CSV)
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Says that a file isn't read that was meant as a list perhaps: {@code metadata.json}, {@code metadata.parquet}. */
    static Optional<String> misnamed(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> isMisnamed(String.valueOf(file.getFileName())))
                    .min(Comparator.naturalOrder())
                    .map(file -> "%s: is not read, a list is called %s or %s".formatted(file, JSON_LINES, CSV));
        }
    }

    private static boolean isMisnamed(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith("metadata.") && !name.equals(JSON_LINES) && !name.equals(CSV);
    }

    /**
     * Reads a list.
     *
     * @throws IllegalArgumentException if it is none; the message has the line
     */
    static MetadataFile read(Path file) throws IOException {
        MetadataFile read = new MetadataFile(file, new ArrayList<>(), new TreeSet<>());
        String text = CaptionText.read(file);
        if (file.endsWith(CSV)) {
            read.rows(CsvRows.of(file.toString(), text));
        } else {
            read.objects(text);
        }
        return read;
    }

    private String where(int line) {
        return "%s line %d".formatted(file, line);
    }

    private void objects(String text) throws IOException {
        try (JsonParser parser = new ObjectMapper().createParser(text)) {
            int line = 1;
            try {
                for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    line = parser.currentTokenLocation().getLineNr();
                    if (token != JsonToken.START_OBJECT) {
                        throw new IllegalArgumentException(where(line) + ": is no JSON object");
                    }
                    object(where(line), parser.readValueAsTree());
                    line = parser.currentLocation().getLineNr();
                }
            } catch (JsonProcessingException problem) {
                throw new IllegalArgumentException(
                        "%s: is no JSON object: %s".formatted(where(line), problem.getOriginalMessage()), problem);
            }
        }
    }

    private void object(String where, JsonNode object) {
        JsonNode name = object.get(NAME);
        if (name == null || !name.isTextual()) {
            throw new IllegalArgumentException(where + ": has no \"file_name\"");
        }
        List<String> captions = CAPTIONS.stream()
                .map(key -> texts(object.path(key)))
                .filter(texts -> !texts.isEmpty())
                .findFirst()
                .orElse(List.of());
        object.fieldNames().forEachRemaining(this::other);
        entries.add(new Entry(where, name.asText(), captions));
    }

    private void other(String key) {
        if (!key.equals(NAME) && !CAPTIONS.contains(key)) {
            others.add(key);
        }
    }

    /** One caption, or a list. */
    private static List<String> texts(JsonNode value) {
        List<String> texts = new ArrayList<>();
        if (value.isTextual()) {
            texts.add(value.asText());
        } else if (value.isArray()) {
            value.forEach(each -> texts.add(each.isTextual() ? each.asText() : ""));
        }
        return texts;
    }

    private void rows(List<CsvRows.Row> rows) {
        List<String> columns = rows.isEmpty()
                ? List.of()
                : rows.get(0).fields().stream().map(String::strip).toList();
        if (!columns.contains(NAME)) {
            throw new IllegalArgumentException(
                    "%s: has no column file_name, only: %s".formatted(file, String.join(", ", columns)));
        }
        columns.forEach(this::other);
        for (CsvRows.Row row : rows.subList(1, rows.size())) {
            String where = where(row.line());
            if (row.fields().size() != columns.size()) {
                throw new IllegalArgumentException(
                        "%s: has %d fields, there are %d columns; a field with commas needs quotes"
                                .formatted(where, row.fields().size(), columns.size()));
            }
            List<String> captions = CAPTIONS.stream()
                    .map(column -> field(columns, row, column))
                    .filter(caption -> caption != null && !caption.isBlank())
                    .findFirst()
                    .map(List::of)
                    .orElse(List.of());
            entries.add(new Entry(where, row.fields().get(columns.indexOf(NAME)), captions));
        }
    }

    private static @Nullable String field(List<String> columns, CsvRows.Row row, String column) {
        int index = columns.indexOf(column);
        return index < 0 ? null : row.fields().get(index);
    }
}
