package org.sd15.importer.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;

/** Everything that is wrong with a file, by kind, to be reported at once. */
final class LoraProblems {

    /** How many of a kind are shown. */
    static final int MOST_LISTED = 10;

    private final Map<String, List<String>> found = new LinkedHashMap<>();

    /**
     * Notes a problem.
     *
     * @param kind the rest of a sentence that begins with a number of tensors or modules
     * @param what which it is
     */
    void add(String kind, String what) {
        found.computeIfAbsent(kind, none -> new ArrayList<>()).add(what);
    }

    /** @throws ImportException if there were any */
    void throwIfAny(Path file) {
        if (found.isEmpty()) {
            return;
        }
        String lines = found.entrySet().stream()
                .map(problem -> problem.getValue().size() + " " + problem.getKey() + ": " + list(problem.getValue()))
                .collect(Collectors.joining("\n  "));
        throw new ImportException(file, "can't be used as a LoRA of this model:\n  " + lines);
    }

    /** The first of them. */
    static String list(List<String> items) {
        int more = items.size() - MOST_LISTED;
        return items.stream().limit(MOST_LISTED).map(Shown::of).collect(Collectors.joining("; "))
                + (more > 0 ? "; and %d more".formatted(more) : "");
    }
}
