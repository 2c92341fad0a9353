package org.sd15.importer.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A hidden file or folder beside a target, in which that is made before it gets its name. It is removed when it is closed
 * and when the process is terminated (Ctrl-C, SIGTERM).
 *
 * <p>A process that is killed (SIGKILL) leaves it behind. It holds a lock as long as it runs, which the system releases: by
 * that the next one that makes the same target knows what it may remove, see {@link Leftovers}.
 */
public final class Aside implements AutoCloseable {

    /** In a folder aside, what its process locks. */
    static final String LOCK = ".lock";

    private static final int ATTEMPTS = 10;
    private static final int ROUNDS = 100;
    private static final int PAUSE_MILLIS = 10;
    private static final int GONE_FOR_GOOD = 3;
    private static final int LAST_GRACE_MILLIS = 1000;

    private final Path path;
    private final Thread hook;
    private volatile @Nullable FileChannel channel;

    /** Whether the process's end has removed it; guarded by this. */
    private boolean ended;

    /** Sees to it that a path is removed when the process ends, before there is anything: it may end any moment. */
    private Aside(Path path) {
        this.path = path;
        this.hook = new Thread(this::removeForGood, "remove " + path.getFileName());
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            waitForTheEnd();
        }
    }

    /**
     * The JVM is shutting down and takes no more hooks. A hook of the application that writes a last checkpoint returns from
     * this, and only closing cleans up; a thread that the shutdown merely has not stopped yet starts nothing any more.
     */
    private static void waitForTheEnd() {
        try {
            Thread.sleep(LAST_GRACE_MILLIS);
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }

    /** An empty file, open for writing. Attributes are for its creation. */
    static Aside file(Path target, FileAttribute<?>... attributes) throws IOException {
        AsideName name = AsideName.of(target);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Path path = target.resolveSibling(name.next());
            Aside aside = new Aside(path);
            if (aside.hasLocked(path, attributes)) {
                return aside;
            }
        }
        throw new IOException(target + ": other processes take away what is to become it");
    }

    /**
     * A folder, empty but for a hidden lock. What earlier processes left of the same target is removed first.
     *
     * @param target what is to be made; links are not followed
     */
    public static Aside folder(Path target) throws IOException {
        Path whole = target.toAbsolutePath();
        Path parent = whole.getParent();
        if (parent == null) {
            throw new IOException(target + ": is the root of a file system, nothing can take its place");
        }
        if (!Files.isDirectory(parent)) {
            throw new NoSuchFileException(target.toString(), null, "the folder " + parent + " does not exist");
        }
        Leftovers.of(whole).removeAll();
        AsideName name = AsideName.of(whole);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Path path = whole.resolveSibling(name.next());
            Aside aside = new Aside(path);
            if (aside.hasFolder() && aside.hasLocked(path.resolve(LOCK))) {
                return aside;
            }
        }
        throw new IOException(target + ": other processes take away what is to become it");
    }

    private boolean hasFolder() throws IOException {
        try {
            synchronized (this) {
                requireNotEnded();
                Files.createDirectory(path);
            }
            return true;
        } catch (IOException problem) {
            close();
            throw problem;
        }
    }

    /** What the process's end has removed is not made after it; under the lock. */
    private void requireNotEnded() throws IOException {
        if (ended) {
            throw new IOException("the process is ending");
        }
    }

    private synchronized void markEnded() {
        ended = true;
    }

    /** Creates a file and locks it; another process may be just about to take it for a leftover, and then has it. */
    private boolean hasLocked(Path file, FileAttribute<?>... attributes) throws IOException {
        Set<StandardOpenOption> anew = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            synchronized (this) {
                requireNotEnded();
                channel = FileChannel.open(file, anew, attributes);
            }
            locked = isLocked(file, channel());
        } finally {
            if (!locked) {
                close();
            }
        }
        return locked;
    }

    private static boolean isLocked(Path file, FileChannel opened) {
        try {
            return opened.tryLock() != null && Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException noLocks) { // such a file system has none; then leftovers have to be a day old
            return true;
        }
    }

    /** Whether the process is about to end: what is made now may stay behind. */
    static boolean isProcessEnding() {
        Thread hook = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** For writing to a file aside. */
    FileChannel channel() {
        return Objects.requireNonNull(channel);
    }

    /**
     * Gives what was made its name. A file that is replaced passes on its permissions.
     *
     * @param made this, or something in this folder
     * @param target in the same file system
     */
    public void move(Path made, Path target) throws IOException {
        if (Files.isRegularFile(made)) {
            FileMode.of(target).applyTo(made);
        }
        Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null) {
            AtomicFile.syncFolder(folder);
        }
    }

    /** Removes what is left of it: nothing, if it was moved. */
    @Override
    public void close() throws IOException {
        FileChannel opened = channel;
        if (opened != null) {
            opened.close();
        }
        try {
            remove(path);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                // it removes the same
            }
        }
    }

    /** Other threads still write while the process ends, and may make a folder once more. */
    private void removeForGood() {
        int gone = 0;
        markEnded();
        try {
            for (int round = 0; round < ROUNDS && gone < GONE_FOR_GOOD; round++) {
                gone = Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? 0 : gone + 1;
                tryToRemove();
                FileChannel opened = channel;
                if (opened == null || opened.isOpen()) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryToRemove() {
        try {
            remove(path);
        } catch (IOException leftBehind) {
            System.getLogger(Aside.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} could not be removed: {1}", path, leftBehind);
        }
    }

    /** Removes a file, or a folder with all that is in it; no link is followed. */
    static void remove(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(path);
            return;
        }
        List<Path> all;
        try (Stream<Path> found = Files.walk(path)) {
            all = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path one : all) {
            Files.deleteIfExists(one);
        }
    }
}
