package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.sd15.importer.io.FolderLock;

/**
 * The folder of a training run: its checkpoints, and whatever else its user keeps there. It belongs to one
 * training at a time, of all processes; the operating system releases it when a process ends, however it ends.
 */
public final class RunFolder implements AutoCloseable {

    private static final String CHECKPOINTS = "checkpoints";
    private static final String EARLIER = "earlier-";

    private final Path path;
    private final FolderLock lock;

    private RunFolder(Path path, FolderLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens a run's folder, which is made if need be.
     *
     * @throws IOException if it can't be made, or belongs to another training; the message says to which
     */
    public static RunFolder open(Path path) throws IOException {
        try {
            Files.createDirectories(path);
        } catch (FileSystemException problem) {
            throw new IOException("%s: the folder can't be made (%s)".formatted(path, describe(problem)), problem);
        }
        return new RunFolder(path, FolderLock.acquire(path));
    }

    private static String describe(FileSystemException problem) {
        return problem.getReason() == null
                ? problem.getClass().getSimpleName().replace("Exception", "") + " " + problem.getFile()
                : String.valueOf(problem.getMessage());
    }

    /**
     * Where a run that writes something in the end has its folder: beside that, so it is the same for all paths that
     * lead there, over links or not. Neither needs to exist.
     */
    public static Path beside(Path output) throws IOException {
        Path real = real(output.toAbsolutePath()).normalize();
        if (real.getFileName() == null) {
            throw new IllegalArgumentException(output + ": nothing can be written beside it; choose another output");
        }
        return real.resolveSibling(real.getFileName() + ".training");
    }

    /** A path without links, also where nothing is yet. */
    private static Path real(Path path) throws IOException {
        try {
            return path.toRealPath();
        } catch (NoSuchFileException notYet) {
            if (Files.isSymbolicLink(path)) {
                return real(path.resolveSibling(Files.readSymbolicLink(path)));
            }
            Path parent = path.getParent();
            return parent == null ? path : real(parent).resolve(path.getFileName());
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /**
     * The run's checkpoints.
     *
     * @param kept how many of the last ones stay
     */
    public Checkpoints checkpoints(int kept) {
        return new Checkpoints(path.resolve(CHECKPOINTS), kept);
    }

    /**
     * Moves what an earlier run left into a folder of its own, {@code earlier-1} and so on. Nothing is deleted. Its
     * checkpoints are moved last and at once, so a run whose folder was half moved still shows that it is there.
     *
     * @param shared names of what stays, as later runs use it too
     * @return where it went, if there was anything
     */
    public Optional<Path> moveAside(Set<String> shared) throws IOException {
        List<Path> left = left(shared);
        if (left.isEmpty()) {
            return Optional.empty();
        }
        Path aside = newFolder();
        for (Path entry : left) {
            Files.move(entry, aside.resolve(entry.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
        return Optional.of(aside);
    }

    private List<Path> left(Set<String> shared) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> isOfARun(entry.getFileName().toString(), shared))
                    .sorted(Comparator.comparing(entry -> entry.endsWith(CHECKPOINTS)))
                    .toList();
        }
    }

    private static boolean isOfARun(String name, Set<String> shared) {
        return !name.equals(FolderLock.FILE) && !name.matches(EARLIER + "\\d+") && !shared.contains(name);
    }

    private Path newFolder() throws IOException {
        int number = 1;
        while (Files.exists(path.resolve(EARLIER + number))) {
            number++;
        }
        return Files.createDirectory(path.resolve(EARLIER + number));
    }

    /** Gives the folder back. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
