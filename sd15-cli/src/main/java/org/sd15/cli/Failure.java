package org.sd15.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.sd15.importer.io.FileProblem;

/**
 * What went wrong, in one line.
 *
 * @param problem the exception
 * @param task what was being done, and with which files
 */
record Failure(Throwable problem, Task task) {

    /** The packages whose messages are written for users. */
    private static final String OURS = "org.sd15.";

    /** Names in a broken file can be as long as the file. */
    private static final int LONGEST = 2000;

    /** What is wrong, where, and what to do. */
    String message() {
        Throwable cause = unwrapped(problem);
        String line = describe(cause).strip().replaceAll("\\s*\\R\\s*", "; ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    private String describe(Throwable cause) {
        if (cause instanceof OutOfMemoryError error) {
            return outOfMemory(error);
        }
        if (cause instanceof StackOverflowError) {
            return "nested too deeply (the stack is full), " + task;
        }
        if (cause instanceof FileSystemException problemOfAFile) {
            return FileProblem.describe(problemOfAFile);
        }
        Optional<String> inOptions = InOptions.message(cause);
        if (inOptions.isPresent()) {
            return inOptions.get();
        }
        String said = String.valueOf(cause.getMessage());
        if (cause instanceof CharacterCodingException) {
            return "a text is not UTF-8 (%s), %s".formatted(said, task);
        }
        return explains(cause)
                ? said
                : "%s: %s, %s (run again with --verbose to see where)"
                        .formatted(cause.getClass().getSimpleName(), said, task);
    }

    private String outOfMemory(OutOfMemoryError error) {
        String said = String.valueOf(error.getMessage());
        boolean ofHeap = said.contains("heap") || said.contains("GC overhead") || said.contains("array size");
        return ofHeap
                ? "out of memory (%s), %s; the heap is %d MB, SD15_HEAP=4g in front of the command makes it larger"
                        .formatted(said, task, Runtime.getRuntime().maxMemory() >> 20)
                : "out of memory (%s), %s".formatted(said, task);
    }

    /** Whether the message was written for people: it then says all by itself. */
    private static boolean explains(Throwable cause) {
        String said = cause.getMessage();
        if (said == null || said.isBlank() || cause instanceof NumberFormatException) {
            return false;
        }
        if (cause instanceof ArithmeticException && (said.equals("/ by zero") || said.endsWith(" overflow"))) {
            return false;
        }
        boolean refuses = cause instanceof IllegalArgumentException
                || cause instanceof ArithmeticException
                || cause instanceof UnsupportedOperationException;
        return cause instanceof IOException || cause instanceof InvalidPathException || (refuses && isOurs(cause));
    }

    /**
     * Whether this program itself refused something, and not a library that it used: ND4J that is given wrong shapes, or
     * the JDK, refuse what the program did and not what the user asked for.
     */
    private static boolean isOurs(Throwable cause) {
        StackTraceElement[] trace = cause.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith(OURS);
    }

    private static Throwable unwrapped(Throwable problem) {
        boolean wrapper = problem instanceof UncheckedIOException
                || problem instanceof CompletionException
                || problem instanceof ExecutionException
                || problem instanceof ExceptionInInitializerError;
        Throwable cause = problem.getCause();
        return wrapper && cause != null ? unwrapped(cause) : problem;
    }
}
