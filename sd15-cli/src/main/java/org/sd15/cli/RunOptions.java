package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.EarlierRunException;
import org.sd15.pipeline.training.run.ResultKind;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import picocli.CommandLine.Option;

/** Where a training goes, what it is drawn from, what it may take, and how it survives being stopped. */
final class RunOptions {

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

    /** Refuses, before anything is loaded, what could not be written during the run or at its end. */
    void require(ResultKind result) throws IOException {
        if (resume && startAnew) {
            throw new IllegalArgumentException(
                    "--resume goes on with a run and --start-anew ends it: give one of them");
        }
        try {
            result.requireWritable(output);
        } catch (IllegalArgumentException problem) {
            throw new IllegalArgumentException("--output " + problem.getMessage(), problem);
        } catch (IOException problem) {
            throw new IOException("--output " + problem.getMessage(), problem);
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

    /** Says where a training goes and how it survives being stopped. */
    TrainingBuilder apply(TrainingBuilder training) {
        int every = checkpointEvery == null ? 0 : checkpointEvery;
        training.output(output).seed(seed).checkpoints(new CheckpointSchedule(every, false, keep));
        if (memory != null) {
            training.memory(memory * 1e9);
        }
        if (resume) {
            training.resume();
        } else if (startAnew) {
            training.startAnew();
        }
        return training;
    }

    /** Trains; the error about an earlier run names the options that continue or replace it. */
    static void run(Training training, ModelFiles files) throws IOException {
        try {
            training.run(files);
        } catch (EarlierRunException earlier) {
            throw new IllegalArgumentException(
                    "%s is of an earlier run: go on with it (--resume), or begin a new one (--start-anew), which moves it aside"
                            .formatted(earlier.checkpoint()),
                    earlier);
        }
    }
}
