package org.sd15.importer.io;

/** Text of a file as errors show it: on one line, without what a terminal would obey, and not at any length. */
public final class Shown {

    /** Characters that are shown, some more than the longest name of a tensor has. */
    private static final int LONGEST = 600;

    private Shown() {}

    /** The text; control characters and halves of surrogate pairs by their numbers, and of a long one the beginning. */
    public static String of(String text) {
        String begin = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
        String more = text.length() <= LONGEST ? "" : "... (%,d characters)".formatted(text.length());
        return escape(begin, false) + more;
    }

    /** A whole message, whose own line breaks stay. */
    static String message(String text) {
        return escape(text, true);
    }

    private static String escape(String text, boolean lineBreaks) {
        if (text.codePoints().noneMatch(Shown::isUnsafe)) {
            return text;
        }
        StringBuilder safe = new StringBuilder();
        text.codePoints().forEach(point -> {
            if (isUnsafe(point) && !(lineBreaks && point == '\n')) {
                safe.append("\\u%04x".formatted(point));
            } else {
                safe.appendCodePoint(point);
            }
        });
        return safe.toString();
    }

    /** Controls, what turns the direction of writing round, line separators, and halves of surrogate pairs. */
    private static boolean isUnsafe(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
