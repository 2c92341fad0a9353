package org.sd15.cli;

import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.words.Window;

/**
 * A part of the steps, all of them or for one word alone: {@code 0.8}, which starts at the first step, {@code 0.2..0.7},
 * {@code red=0.8}, {@code red=0.2..0.7}.
 *
 * @param word the word, or null if the window is for all
 * @param window the part
 */
record WordWindow(@Nullable String word, Window window) {

    private static final String TO = "..";

    /**
     * Takes the value apart.
     *
     * @param option named in the message of a failure
     * @throws IllegalArgumentException if it is no share, and no two in order
     */
    static WordWindow parse(String option, String text) {
        int equals = text.lastIndexOf('=');
        String word = equals < 0 ? null : text.substring(0, equals);
        return new WordWindow(
                word, window(word == null ? option : option + " " + word, option, text.substring(equals + 1)));
    }

    /** A window that is for all. */
    static Window window(String option, String text) {
        return window(option, option, text);
    }

    private static Window window(String what, String option, String text) {
        int to = text.indexOf(TO);
        if (to < 0) {
            return Window.until(share(what, option, text));
        }
        double from = share(what, option, text.substring(0, to));
        double end = share(what, option, text.substring(to + TO.length()));
        if (from > end) {
            throw new IllegalArgumentException(
                    "%s is %s, must not begin after its end: %s..%s".formatted(what, text, end, from));
        }
        return new Window(from, end);
    }

    private static double share(String what, String option, String digits) {
        double share = WordNumber.number(option, digits);
        Bounds.SHARE.require(what, share);
        return share;
    }
}
