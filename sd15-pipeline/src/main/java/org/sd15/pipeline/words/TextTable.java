package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of text in columns that are as wide as they need to be. */
public final class TextTable {

    private final List<List<String>> rows = new ArrayList<>();

    /** A table without rows. */
    public TextTable(String... header) {
        rows.add(List.of(header));
    }

    /** Appends a row. */
    public void add(Object... cells) {
        rows.add(IntStream.range(0, cells.length)
                .mapToObj(i -> String.valueOf(cells[i]))
                .toList());
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.get(0).size()];
        rows.forEach(row ->
                IntStream.range(0, widths.length).forEach(i -> widths[i] = Math.max(widths[i], width(row.get(i)))));
        return rows.stream()
                .map(row -> IntStream.range(0, widths.length)
                        .mapToObj(i -> row.get(i) + " ".repeat(widths[i] - width(row.get(i))))
                        .collect(Collectors.joining(" | "))
                        .stripTrailing())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
