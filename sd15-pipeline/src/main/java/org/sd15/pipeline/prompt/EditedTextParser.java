package org.sd15.pipeline.prompt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.sd15.pipeline.prompt.EditedText.Alternation;
import org.sd15.pipeline.prompt.EditedText.Constant;
import org.sd15.pipeline.prompt.EditedText.Sequence;
import org.sd15.pipeline.prompt.EditedText.Switch;

/**
 * Finds {@code [before:after:when]}, {@code [after:when]} and {@code [a|b]} in a prompt. Square brackets that are neither,
 * or whose inside is not balanced, are left in the text: they lower a weight.
 */
final class EditedTextParser {

    private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");
    private static final Constant NOTHING = new Constant("");

    private final List<EditedText> parts = new ArrayList<>();
    private final StringBuilder constant = new StringBuilder();

    private final int depth;

    private EditedTextParser(int depth) {
        this.depth = depth;
    }

    /** @throws IllegalArgumentException if edits are within edits too deep */
    static EditedText parse(String text) {
        return parse(text, 0);
    }

    private static EditedText parse(String text, int depth) {
        EditedTextParser parser = new EditedTextParser(depth);
        parser.read(text);
        parser.endConstant();
        return switch (parser.parts.size()) {
            case 0 -> NOTHING;
            case 1 -> parser.parts.get(0);
            default -> new Sequence(parser.parts);
        };
    }

    private void read(String text) {
        int at = 0;
        while (at < text.length()) {
            int close = text.charAt(at) == '[' ? closing(text, at) : -1;
            EditedText edit = close < 0 ? NOTHING : edit(text.substring(at + 1, close));
            if (edit != NOTHING) {
                endConstant();
                parts.add(edit);
                at = close + 1;
            } else {
                int next = after(text, at);
                constant.append(text, at, next);
                at = next;
            }
        }
    }

    private void endConstant() {
        if (constant.length() > 0) {
            parts.add(new Constant(constant.toString()));
            constant.setLength(0);
        }
    }

    /** What is between square brackets, or {@link #NOTHING} if that is no edit. */
    private EditedText edit(String inside) {
        List<String> turns = split(inside, '|');
        List<String> times = split(inside, ':');
        int last = times.size() - 1;
        if (turns.size() > 1) {
            return times.size() > 1
                    ? NOTHING
                    : new Alternation(turns.stream().map(this::inner).toList());
        }
        if (last < 1 || last > 2 || !NUMBER.matcher(times.get(last).strip()).matches()) {
            return NOTHING;
        }
        EditedText before = last == 1 ? NOTHING : inner(times.get(0));
        return new Switch(before, inner(times.get(last - 1)), times.get(last).strip());
    }

    private EditedText inner(String text) {
        return parse(text, Nesting.within(depth));
    }

    /** Cuts at the marks that are in no brackets. */
    private static List<String> split(String text, char mark) {
        List<String> cut = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int at = 0; at < text.length(); at = after(text, at)) {
            char symbol = text.charAt(at);
            if (symbol == '(' || symbol == '[') {
                depth++;
            } else if (symbol == ')' || symbol == ']') {
                depth--;
            } else if (symbol == mark && depth == 0) {
                cut.add(text.substring(from, at));
                from = at + 1;
            }
        }
        cut.add(text.substring(from));
        return cut;
    }

    /** Where the bracket at an index is closed, with balanced brackets of both kinds between; -1 if nowhere. */
    private static int closing(String text, int open) {
        Deque<Character> awaited = new ArrayDeque<>();
        for (int at = open; at < text.length(); at = after(text, at)) {
            char symbol = text.charAt(at);
            if (symbol == '(' || symbol == '[') {
                awaited.push(symbol == '(' ? ')' : ']');
            } else if (symbol == ')' || symbol == ']') {
                if (awaited.pop() != symbol) {
                    return -1;
                }
                if (awaited.isEmpty()) {
                    return at;
                }
            }
        }
        return -1;
    }

    /** The index after a symbol; a backslash and what it escapes are one. */
    private static int after(String text, int at) {
        return Math.min(text.length(), at + (text.charAt(at) == '\\' ? 2 : 1));
    }
}
