package org.sd15.importer.io;

import java.util.function.IntPredicate;

/**
 * Text of files and of people as it can be shown: what a terminal or a page would obey or hide, instead of showing
 * it, stands there by its number in hexadecimal, as in a string of Java. These are control characters, separators
 * of lines, what turns the direction of writing, other invisible ones, and halves of surrogate pairs. Joiners
 * stay: writing needs them.
 */
public final class VisibleText {

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private VisibleText() {}

    /** A text on one line; line breaks are shown as well. */
    public static String of(String text) {
        return shown(text, VisibleText::isHidden);
    }

    /**
     * A text of several lines, whose breaks and tabs stay. JSON stays JSON, as all that is hidden in it is inside
     * of strings.
     */
    public static String lines(String text) {
        return shown(
                text.replace("\r\n", "\n"), character -> character != '\n' && character != '\t' && isHidden(character));
    }

    private static String shown(String text, IntPredicate hidden) {
        if (text.codePoints().noneMatch(hidden)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(character -> {
            if (hidden.test(character)) {
                shown.append(notation(character));
            } else {
                shown.appendCodePoint(character);
            }
        });
        return shown.toString();
    }

    private static boolean isHidden(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                true;
            case Character.FORMAT -> character != ZERO_WIDTH_JOINER && character != ZERO_WIDTH_NON_JOINER;
            default -> false;
        };
    }

    private static String notation(int character) {
        return switch (character) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> {
                StringBuilder units = new StringBuilder();
                for (char unit : Character.toChars(character)) {
                    units.append("\\u%04x".formatted((int) unit));
                }
                yield units.toString();
            }
        };
    }
}
