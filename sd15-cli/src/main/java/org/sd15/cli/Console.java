package org.sd15.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.sd15.importer.io.VisibleText;

/**
 * All that commands print. Names, metadata and messages come from files that are not trusted: control characters
 * are shown instead of obeyed, so that no file can clear the screen, or write a line that looks like this program's.
 */
final class Console {

    private static final String NAME = "sd15: ";

    private Console() {}

    /** A result on the standard output, one line. */
    static void result(Object result) {
        System.out.println(VisibleText.of(result.toString()));
    }

    /** A result of several lines, or an object of JSON, on the standard output. */
    static void results(String lines) {
        System.out.println(VisibleText.lines(lines));
    }

    /** Something to know, on the standard error: one line, after the program's name. */
    static void note(String format, Object... values) {
        System.err.println(NAME + VisibleText.of(format.formatted(values)));
    }

    /** Several lines to know, on the standard error: a table, a stack trace. */
    static void details(String lines) {
        System.err.println(VisibleText.lines(lines.stripTrailing()));
    }

    /** The standard error, for those who draw on it and print nothing that comes from outside. */
    static PrintStream drawing() {
        return System.err;
    }

    /** Where results go, for {@link #restore}. */
    static PrintStream output() {
        return System.out;
    }

    /** Leaves the standard output to tensors that are written there: results go to the standard error from now on. */
    static void leaveOutput() {
        System.setOut(System.err);
    }

    /** Sends results where they went before {@link #leaveOutput}. */
    static void restore(PrintStream output) {
        System.setOut(output);
    }

    /** A number of bytes for people. */
    static String bytes(long count) {
        return String.format(Locale.ROOT, "%,d bytes", count);
    }
}
