package org.sd15.pipeline.prompt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brackets become weights: {@code (a)} is 1.1 times, {@code [a]} a 1.1th, {@code (a:1.3)} 1.3 times what is around it; a
 * backslash makes a bracket text. A bracket that is never closed counts to the end, one that was never opened is text.
 */
final class Emphasis {

    private static final double STEP = 1.1;
    private static final Pattern SYMBOL = Pattern.compile(
            "\\\\[()\\[\\]\\\\]|\\\\|\\(|\\[|:\\s*([+-]?[.\\d]+)\\s*\\)|\\)|]|[^\\\\()\\[\\]:]+|:",
            Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern BREAK = Pattern.compile("\\s*\\bBREAK\\b\\s*", Pattern.UNICODE_CHARACTER_CLASS);

    private final List<Piece> pieces = new ArrayList<>();
    private final Deque<Integer> round = new ArrayDeque<>();
    private final Deque<Integer> square = new ArrayDeque<>();

    private Emphasis() {}

    /** A fragment that may yet get another weight, and whether it begins a section. */
    private record Piece(String text, double weight, boolean first) {

        Piece times(double factor) {
            return new Piece(text, weight * factor, first);
        }
    }

    /**
     * The fragments of a prompt. {@code BREAK} begins a new section; there is always one.
     *
     * @throws IllegalArgumentException if a weight is no number
     */
    static List<List<Fragment>> sections(String prompt) {
        Emphasis emphasis = new Emphasis();
        Matcher symbol = SYMBOL.matcher(prompt);
        while (symbol.find()) {
            emphasis.read(symbol.group(), symbol.group(1));
        }
        while (!emphasis.round.isEmpty()) {
            emphasis.close(emphasis.round, STEP);
        }
        while (!emphasis.square.isEmpty()) {
            emphasis.close(emphasis.square, 1 / STEP);
        }
        return emphasis.sections();
    }

    private void read(String symbol, @Nullable String weight) {
        if (symbol.startsWith("\\")) {
            add(symbol.substring(1), false);
        } else if (symbol.equals("(")) {
            round.push(pieces.size());
        } else if (symbol.equals("[")) {
            square.push(pieces.size());
        } else if (weight != null && !round.isEmpty()) {
            close(round, number(weight));
        } else if (symbol.equals(")") && !round.isEmpty()) {
            close(round, STEP);
        } else if (symbol.equals("]") && !square.isEmpty()) {
            close(square, 1 / STEP);
        } else {
            String[] parts = BREAK.split(symbol, -1);
            for (int i = 0; i < parts.length; i++) {
                add(parts[i], i > 0);
            }
        }
    }

    private static double number(String weight) {
        try {
            return Double.parseDouble(weight);
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException(
                    "the weight \"%s\" of a prompt is not a number; write it as in (word:1.2)".formatted(weight), none);
        }
    }

    private void add(String text, boolean first) {
        pieces.add(new Piece(text, 1, first));
    }

    private void close(Deque<Integer> open, double factor) {
        int from = open.pop();
        pieces.subList(from, pieces.size()).replaceAll(piece -> piece.times(factor));
    }

    /** Neighbours of the same weight are one text, because the tokenizer reads them as one. */
    private List<List<Fragment>> sections() {
        List<List<Fragment>> sections = new ArrayList<>();
        List<Fragment> section = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece.first) {
                sections.add(section);
                section = new ArrayList<>();
            }
            int last = section.size() - 1;
            if (last >= 0 && section.get(last).weight() == piece.weight) {
                section.set(last, new Fragment(section.get(last).text() + piece.text, piece.weight));
            } else {
                section.add(new Fragment(piece.text, piece.weight));
            }
        }
        sections.add(section);
        return sections.stream()
                .map(all -> all.stream().filter(one -> !one.text().isEmpty()).toList())
                .toList();
    }
}
