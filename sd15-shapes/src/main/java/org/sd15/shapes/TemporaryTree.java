package org.sd15.shapes;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder for the time of this process. It goes when the process ends; that of a process that was killed goes
 * when a later one makes its own. The system itself tells them apart: it holds a lock for as long as its process
 * lives.
 */
final class TemporaryTree {

    private static final String LOCK = "in-use";

    /** Nothing younger is taken away: its process may be about to lock it. */
    private static final Duration AGE = Duration.ofDays(1);

    private TemporaryTree() {}

    /** A new folder in the system's folder for such, whose name begins with a prefix. */
    static Path create(String prefix) throws IOException {
        Path tree = Files.createTempDirectory(prefix);
        FileChannel lock =
                FileChannel.open(tree.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Objects.requireNonNull(lock.tryLock(), "a new file is locked");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> release(tree, lock)));
        removeLeft(Objects.requireNonNull(tree.getParent()), prefix);
        return Files.createDirectory(tree.resolve("files"));
    }

    private static void release(Path tree, FileChannel lock) {
        try (lock) {
            delete(tree);
        } catch (IOException problem) {
            // Mapped files can't be deleted on Windows before the process is gone; a later one does it.
        }
    }

    /** Removes what processes left that ended without a chance to do it. */
    static void removeLeft(Path folder, String prefix) throws IOException {
        try (DirectoryStream<Path> trees = Files.newDirectoryStream(folder, prefix + "*")) {
            for (Path tree : trees) {
                removeIfLeft(tree);
            }
        }
    }

    private static void removeIfLeft(Path tree) {
        try {
            Instant changed =
                    Files.getLastModifiedTime(tree, LinkOption.NOFOLLOW_LINKS).toInstant();
            if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)
                    && changed.plus(AGE).isBefore(Instant.now())
                    && !isInUse(tree.resolve(LOCK))) {
                delete(tree);
            }
        } catch (IOException notOurs) {
            // Another process's, or one was faster.
        }
    }

    private static boolean isInUse(Path lock) throws IOException {
        if (!Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException here) {
            return true; // by this very process
        }
    }

    private static void delete(Path tree) throws IOException {
        List<Path> innerFirst;
        try (Stream<Path> paths = Files.walk(tree)) {
            innerFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : innerFirst) {
            Files.deleteIfExists(path);
        }
    }
}
