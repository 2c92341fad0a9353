package org.sd15.importer.io;

/** Text of a file as errors show it: {@linkplain VisibleText visible}, on one line, and not at any length. */
public final class Shown {

    /** Characters that are shown, some more than the longest name of a tensor has. */
    private static final int LONGEST = 600;

    private Shown() {}

    /** The text; of a long one the beginning. */
    public static String of(String text) {
        String begin = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
        String more = text.length() <= LONGEST ? "" : "... (%,d characters)".formatted(text.length());
        return VisibleText.of(begin) + more;
    }
}
