package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.sd15.importer.io.ImportException;

/**
 * The checkpoints of a run: one safetensors file each, {@code checkpoint-<step>.safetensors}, with everything that
 * decides the steps to come. A file appears when it is complete and on the disk; older ones are removed after that, so a
 * process that is killed leaves at least the one before.
 *
 * <p>Each says which run it is of. A run removes and replaces its own only; one that was resumed is the same run.
 * Those of a {@link RunFolder} belong to one process at a time.
 */
public final class Checkpoints {

    private final Path folder;
    private final int kept;
    private String run = UUID.randomUUID().toString();
    private boolean resumed;

    /**
     * Checkpoints of a new run in a folder, which is that of no other process.
     *
     * @param kept how many of the last ones stay
     */
    Checkpoints(Path folder, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("%d checkpoints are to be kept, must be at least 1".formatted(kept));
        }
        this.folder = folder;
        this.kept = kept;
    }

    /** What tells this run from others. */
    public String run() {
        return run;
    }

    /**
     * Writes where a run stands, and removes the oldest of its checkpoints, if there are too many.
     *
     * @param record what else is to be known about the run, for people
     * @return the file
     * @throws IOException if it can't be written, or would replace that of another run; the checkpoints before are
     *     unchanged
     */
    public Path write(Trainer trainer, Map<String, String> record) throws IOException {
        Files.createDirectories(folder);
        removeLeftovers();
        CheckpointFile file = CheckpointFile.at(folder, trainer.done());
        if (Files.exists(file.path()) && !isOwn(file)) {
            throw new IOException(file.path() + ": is of another run; move it away, or write into another folder");
        }
        file.write(trainer, record, run);
        removeOld(trainer.done());
        return file.path();
    }

    /** The last checkpoint in the folder, if there is one, of whatever run. */
    public Optional<Path> latest() throws IOException {
        return newestFirst().stream().findFirst().map(CheckpointFile::path);
    }

    /**
     * Resumes the run whose checkpoints are in the folder: restores a trainer from the last one. If that is damaged, from
     * the one before; the damaged one is renamed and kept.
     *
     * @param same what of the run's record has to be as it was, such as its data and its seed
     * @param damaged called with what is wrong with each that is skipped
     * @return the checkpoint, or nothing if there is none
     * @throws ImportException if all are damaged
     * @throws IllegalArgumentException if they are of another kind of run, of several runs, or were made with other
     *     settings
     */
    public Optional<Path> resume(Trainer trainer, Map<String, String> same, Consumer<String> damaged)
            throws IOException {
        List<CheckpointFile> files = newestFirst();
        requireOneRun(files);
        List<CheckpointFile> passed = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (CheckpointFile file : files) {
            try {
                file.restore(trainer, same);
                goOnFrom(file);
                problems.forEach(damaged);
                setAside(passed);
                return Optional.of(file.path());
            } catch (ImportException problem) {
                passed.add(file);
                problems.add(problem.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ImportException(
                    folder, "has no checkpoint that can be read, start anew; " + String.join("; ", problems));
        }
        return Optional.empty();
    }

    private void requireOneRun(List<CheckpointFile> files) throws IOException {
        Set<String> runs = new LinkedHashSet<>();
        for (CheckpointFile file : files) {
            runOf(file).ifPresent(runs::add);
        }
        runs.remove("");
        if (runs.size() > 1) {
            throw new IllegalArgumentException(
                    "%s: has checkpoints of %d runs: move those away that are not to be continued"
                            .formatted(folder, runs.size()));
        }
    }

    private void goOnFrom(CheckpointFile file) throws IOException {
        String before = file.run();
        run = before.isEmpty() ? run : before;
        resumed = true;
    }

    private static void setAside(List<CheckpointFile> damaged) throws IOException {
        for (CheckpointFile file : damaged) {
            Path renamed = file.path().resolveSibling(file.path().getFileName() + ".damaged");
            Files.move(file.path(), renamed, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * Brings a run to where it stood, of whose record nothing is known.
     *
     * @see #restore(Path, Trainer, Map)
     */
    public static void restore(Path file, Trainer trainer) throws IOException {
        restore(file, trainer, Map.of());
    }

    /**
     * Brings a run to where it stood.
     *
     * @param same what of the run's record has to be as it was, such as its data and its seed
     * @throws ImportException if the file is damaged
     * @throws IllegalArgumentException if it is of another kind of run or was made with other settings
     */
    public static void restore(Path file, Trainer trainer, Map<String, String> same) throws IOException {
        new CheckpointFile(file, 0).restore(trainer, same);
    }

    private List<CheckpointFile> newestFirst() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.flatMap(file -> CheckpointFile.of(file).stream())
                    .sorted(Comparator.comparing(CheckpointFile::step).reversed())
                    .toList();
        }
    }

    /** Those without a name are from before runs had names; a run that was resumed beside them is the same run. */
    private boolean isOwn(CheckpointFile file) throws IOException {
        Optional<String> of = runOf(file);
        return of.isPresent() && (of.get().isEmpty() ? resumed : of.get().equals(run));
    }

    /** Nothing if the file is damaged. */
    private static Optional<String> runOf(CheckpointFile file) throws IOException {
        try {
            return Optional.of(file.run());
        } catch (ImportException damaged) {
            return Optional.empty();
        }
    }

    /** Steps that the run has not done are none of its own, whatever they say: it may have gone back. */
    private void removeOld(int done) throws IOException {
        int own = 0;
        for (CheckpointFile file : newestFirst()) {
            if (file.step() <= done && isOwn(file) && ++own > kept) {
                Files.deleteIfExists(file.path());
            }
        }
    }

    /** What a process that was shot while writing has left behind. */
    private void removeLeftovers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Checkpoints::isLeftover).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isLeftover(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(".checkpoint-") && name.endsWith(".tmp");
    }
}
