package org.sd15.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;

/**
 * One run of the command line inside this process.
 *
 * @param exit the exit code
 * @param out what went to the standard output
 * @param err what went to the standard error
 */
record Cli(int exit, String out, String err) {

    static Cli run(String... arguments) {
        return capture(() -> Sd15.run(arguments));
    }

    /** What a piece of code prints; its value is the exit code. */
    static synchronized Cli capture(IntSupplier code) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        var outBytes = new ByteArrayOutputStream();
        var errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            int exit = code.getAsInt();
            return new Cli(exit, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** The last line of the standard error: the message of a failure. */
    String message() {
        return err.strip().lines().reduce("", (before, last) -> last);
    }
}
