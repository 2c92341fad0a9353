package org.sd15.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.RunFolder;
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
            converter = SeedConverter.class,
            defaultValue = "42",
            paramLabel = "N",
            description = "Seed of everything random (default: 42).")
    private long seed;

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "Steps between checkpoints (default: none).")
    @InRange(from = 1)
    private @Nullable Integer checkpointEvery;

    @Option(
            names = "--keep",
            defaultValue = "2",
            paramLabel = "N",
            description = "Checkpoints that are kept (default: 2).")
    @InRange(from = 1)
    private int keep;

    @Option(names = "--resume", description = "Continue from the last checkpoint, if there is one.")
    private boolean resume;

    @Option(
            names = "--start-anew",
            description = "Begin a new run where an earlier one left checkpoints: those are moved aside, not deleted.")
    private boolean startAnew;

    @Option(
            names = "--memory",
            paramLabel = "GB",
            description = "Memory that the training may take (default: the machine's).")
    @InRange(from = 0, above = true)
    private @Nullable Double memory;

    /** What of a run's folder serves later runs as well: it is of pictures and models, not of a run. */
    static final Set<String> SHARED = Set.of("cache", "class");

    /** What a training leaves at the end. */
    enum Result {
        FILE,
        FOLDER
    }

    /** Refuses, before anything is loaded, what could not be written on the way or when all is done. */
    void require(Result result) throws IOException {
        if (resume && startAnew) {
            throw new IllegalArgumentException(
                    "--resume goes on with a run and --start-anew ends it: give one of them");
        }
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

    boolean startsAnew() {
        return startAnew;
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

    /**
     * Opens the folder for checkpoints, logs and caches, beside the output.
     *
     * @throws IOException if another training uses it
     * @throws IllegalArgumentException if an earlier run left checkpoints there and it was not said what to do about
     *     them
     */
    RunFolder open() throws IOException {
        RunFolder folder = RunFolder.open(RunFolder.beside(output));
        try {
            Optional<Path> latest = folder.checkpoints(keep).latest();
            if (latest.isPresent() && !resume && !startAnew) {
                throw new IllegalArgumentException(
                        ("%s is of an earlier run: go on with it (--resume), or begin a new one (--start-anew),"
                                        + " which moves it aside")
                                .formatted(latest.get()));
            }
            return folder;
        } catch (IOException | RuntimeException problem) {
            folder.close();
            throw problem;
        }
    }
}
