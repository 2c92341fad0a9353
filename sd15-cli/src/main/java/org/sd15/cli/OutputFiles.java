package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.AtomicFile;

/** Makes sure, before anything is computed, that results can be written. */
final class OutputFiles {

    private OutputFiles() {}

    /** A file, whose folder is made if need be. */
    static void requireFile(String option, Path file) throws IOException {
        try {
            AtomicFile.requireWritable(file);
        } catch (IOException problem) {
            throw new IOException(option + " " + problem.getMessage(), problem);
        }
    }

    /** A folder, which is made if need be. */
    static void requireFolder(String option, Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IllegalArgumentException("%s %s is a file, must be a folder".formatted(option, folder));
        }
        try {
            AtomicFile.requireWritableFolder(folder);
        } catch (IOException problem) {
            throw new IOException(option + " " + problem.getMessage(), problem);
        }
    }

    /**
     * A file of tensors, if there is to be one. If it is the standard output, what would be printed there goes to the
     * standard error: a program that reads the tensors could not tell them apart.
     */
    static void requireDump(@Nullable Path dump, InputFiles inputs) throws IOException {
        if (dump == null) {
            return;
        }
        inputs.requireNoneIs("--dump", dump);
        requireFile("--dump", dump);
        if (AtomicFile.isStandardOutput(dump)) {
            Console.leaveOutput();
        }
    }
}
