package org.sd15.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import org.sd15.pipeline.words.Window;

/** Values of fields, each checked; a problem names the field. */
final class FieldValues {

    /** Characters of a text at most. */
    static final int LONGEST_TEXT = 4000;

    private FieldValues() {}

    /** A text of characters that there are. */
    static String text(String name, JsonNode node) {
        if (!node.isTextual()) {
            throw new FieldProblem(name, "%s must be a text".formatted(name));
        }
        String text = node.textValue();
        if (text.length() > LONGEST_TEXT) {
            throw new FieldProblem(
                    name, "%s has %d characters, up to %d are taken".formatted(name, text.length(), LONGEST_TEXT));
        }
        if (text.codePoints().anyMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE)) {
            throw new FieldProblem(name, "%s has a character that is none".formatted(name));
        }
        return text;
    }

    /** A whole number, also written as {@code 7.0}. */
    static long whole(String name, JsonNode node, long from, long to) {
        boolean whole =
                node.isIntegralNumber() || node.isNumber() && node.doubleValue() == Math.rint(node.doubleValue());
        if (!whole || !node.canConvertToLong() || node.longValue() < from || node.longValue() > to) {
            throw new FieldProblem(name, "%s must be a whole number from %d to %d".formatted(name, from, to));
        }
        return node.longValue();
    }

    /** A number. */
    static double number(String name, JsonNode node, double from, double to) {
        if (!node.isNumber() || !(node.doubleValue() >= from && node.doubleValue() <= to)) {
            throw new FieldProblem(name, "%s must be a number from %s to %s".formatted(name, from, to));
        }
        return node.doubleValue();
    }

    /** A part of the steps: a share up to which, or a list of two. */
    static Window window(String name, JsonNode node) {
        if (node.isNumber()) {
            return new Window(0, number(name, node, 0, 1));
        }
        if (!node.isArray() || node.size() != 2) {
            throw new FieldProblem(name, "%s must be two shares of the steps, from and to".formatted(name));
        }
        double from = number(name, node.get(0), 0, 1);
        double to = number(name, node.get(1), 0, 1);
        if (from > to) {
            throw new FieldProblem(name, "%s ends before it begins".formatted(name));
        }
        return new Window(from, to);
    }
}
