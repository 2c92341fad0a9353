package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;

/**
 * PEFT's {@code alpha_pattern} and {@code rank_pattern}: numbers for the modules whose path is a pattern's or ends with
 * it. PEFT takes the patterns for regular expressions; a dot is the only special character in a path.
 */
final class AdapterPatterns {

    private static final Pattern PATH = Pattern.compile("[\\w.]+");

    private final Map<String, Entry> entries = new HashMap<>();

    /**
     * Of one module or several.
     *
     * @param position among the patterns of the file: the first that fits holds
     */
    private record Entry(int position, double value) {}

    /**
     * What a configuration says.
     *
     * @param patterns an object, or nothing
     * @param number takes a value for a number, or refuses it
     * @param problem what is thrown if a pattern is more than a path
     */
    static AdapterPatterns of(
            JsonNode patterns, ToDoubleFunction<JsonNode> number, Function<String, ImportException> problem) {
        AdapterPatterns read = new AdapterPatterns();
        for (Map.Entry<String, JsonNode> entry : patterns.properties()) {
            if (!PATH.matcher(entry.getKey()).matches()) {
                throw problem.apply("\"%s\": only paths are supported".formatted(Shown.of(entry.getKey())));
            }
            read.entries.put(entry.getKey(), new Entry(read.entries.size(), number.applyAsDouble(entry.getValue())));
        }
        return read;
    }

    /** Of the path and its ends, each behind a dot, the one that comes first in the file. */
    Optional<Double> find(String path) {
        Entry first = entries.get(path);
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            Entry entry = entries.get(path.substring(dot + 1));
            if (entry != null && (first == null || entry.position < first.position)) {
                first = entry;
            }
        }
        return Optional.ofNullable(first).map(Entry::value);
    }
}
