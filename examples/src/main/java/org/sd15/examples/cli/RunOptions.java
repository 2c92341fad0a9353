package org.sd15.examples.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a training goes, what it is drawn from, what it may take, and how it survives being stopped. */
final class RunOptions {

    /** Endings by which other programs would take the file for a pickle. */
    private static final Pattern OTHER_FORMATS = Pattern.compile("(?i).*\\.(bin|pt|pth|ckpt)");

    @Option(
            names = "--output",
            required = true,
            paramLabel = "PATH",
            description = "What is written at the end; FILE or FOLDER.")
    private Path output = Path.of("");

    @Option(
            names = "--seed",
            defaultValue = "42",
            paramLabel = "N",
            description = "Seed of everything random (default: 42).")
    private long seed;

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "Steps between checkpoints (default: none).")
    private @Nullable Integer checkpointEvery;

    @Option(
            names = "--keep",
            defaultValue = "2",
            paramLabel = "N",
            description = "Checkpoints that are kept (default: 2).")
    private int keep;

    @Option(names = "--resume", description = "Continue from the last checkpoint, if there is one.")
    private boolean resume;

    @Option(
            names = "--memory",
            paramLabel = "GB",
            description = "Memory that the training may take (default: the machine's).")
    private @Nullable Double memory;

    /** What a training leaves at the end. */
    enum Result {
        FILE,
        FOLDER
    }

    /** Refuses, before anything is loaded, what could not be written on the way or when all is done. */
    void require(Result result) throws IOException {
        if (result == Result.FILE && Files.isDirectory(output)) {
            throw new IllegalArgumentException("--output %s is a folder, must be a file: %s"
                    .formatted(output, output.resolve("learnt.safetensors")));
        }
        if (result == Result.FILE && OTHER_FORMATS.matcher(output.toString()).matches()) {
            throw new IllegalArgumentException(
                    "--output %s: what is learnt is written as safetensors, so its name must end in .safetensors"
                            .formatted(output));
        }
        if (result == Result.FOLDER && Files.exists(output) && !Files.isDirectory(output)) {
            throw new IllegalArgumentException(
                    "--output %s is a file, must be a folder: a whole model is written".formatted(output));
        }
        if (result == Result.FILE) {
            OutputFiles.requireFile("--output", output);
        } else {
            OutputFiles.requireFolder("--output", output);
        }
        requirePositive("--keep", keep);
        if (checkpointEvery != null) {
            requirePositive("--checkpoint-every", checkpointEvery);
        }
    }

    /** Refuses a number of things that is not at least one. */
    static void requirePositive(String option, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("%s is %d, must be at least 1".formatted(option, number));
        }
    }

    Path output() {
        return output;
    }

    long seed() {
        return seed;
    }

    int keep() {
        return keep;
    }

    boolean resumes() {
        return resume;
    }

    /** Whether a checkpoint is due after so many steps. */
    boolean isDue(int done) {
        return checkpointEvery != null && done % checkpointEvery == 0;
    }

    /** Bytes of memory that the training may take. */
    double memory() {
        if (memory != null) {
            return memory * 1e9;
        }
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : Double.POSITIVE_INFINITY;
    }

    /** Where checkpoints, logs and caches go: beside the output. */
    Path work() {
        return output.resolveSibling(output.getFileName() + ".training");
    }
}
