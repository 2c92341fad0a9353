package org.sd15.pipeline.training.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows of comma-separated values: a field in quotes may have commas, line breaks, and quotes written twice.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>
 */
final class CsvRows {

    private static final char QUOTE = '"';

    /**
     * A row.
     *
     * @param line where it begins, from 1
     * @param fields without their quotes
     */
    record Row(int line, List<String> fields) {

        Row {
            fields = List.copyOf(fields);
        }

        boolean isEmpty() {
            return fields.size() == 1 && fields.get(0).isBlank();
        }
    }

    private final String file;
    private final String text;
    private int at;
    private int line = 1;

    private CsvRows(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * The rows of a text that are not empty.
     *
     * @param file names the text in messages
     * @throws IllegalArgumentException if a quote is not closed, or something follows one that is
     */
    static List<Row> of(String file, String text) {
        CsvRows rows = new CsvRows(file, text);
        List<Row> found = new ArrayList<>();
        while (rows.at < text.length()) {
            Row row = rows.row();
            if (!row.isEmpty()) {
                found.add(row);
            }
        }
        return found;
    }

    private Row row() {
        int begin = line;
        List<String> fields = new ArrayList<>();
        do {
            fields.add(text.startsWith("\"", at) ? quoted() : plain());
        } while (take(','));
        if (!take('\r') && at < text.length() && text.charAt(at) != '\n') {
            throw new IllegalArgumentException(
                    "%s line %d: something follows a closed quote; a quote within a field is written twice"
                            .formatted(file, line));
        }
        take('\n');
        line++;
        return new Row(begin, fields);
    }

    private boolean take(char wanted) {
        boolean there = at < text.length() && text.charAt(at) == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private String plain() {
        int begin = at;
        while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(begin, at);
    }

    private String quoted() {
        int begin = line;
        StringBuilder field = new StringBuilder();
        at++;
        while (at < text.length()) {
            char next = text.charAt(at++);
            if (next == QUOTE && !take(QUOTE)) {
                return field.toString();
            }
            line += next == '\n' ? 1 : 0;
            field.append(next);
        }
        throw new IllegalArgumentException("%s line %d: a quote is opened and never closed".formatted(file, begin));
    }
}
