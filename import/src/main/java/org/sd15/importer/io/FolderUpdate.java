package org.sd15.importer.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Several files of a folder that change as one, such as UNet and text encoder of a model that were trained together.
 * Everything else in the folder stays.
 *
 * <p>The new files are made in a hidden folder inside. When all are complete, a journal says what is to be moved; from
 * then on the update takes place, whatever happens: a process that dies in the middle leaves a journal, and the next one
 * that opens the folder {@linkplain #complete completes} it. Until the last file is moved, the folder lacks the file that
 * makes it what it is (a model's {@code model_index.json}), so that no other program takes it for a whole one either.
 *
 * <pre>{@code
 * try (FolderUpdate update = FolderUpdate.begin(folder, "model_index.json")) {
 *     write(update.file("unet/config.json"));
 *     update.commit();
 * }
 * }</pre>
 */
public final class FolderUpdate implements AutoCloseable {

    /** The hidden folder. */
    public static final String STAGING = ".sd15-update";

    private final Path folder;
    private final String gate;
    private final boolean isNew;
    private final FolderLock lock;
    private final Runnable beforeChange;
    private final Thread hook = new Thread(this::cleanUp, "remove an unfinished update");
    private boolean over;

    private FolderUpdate(Path folder, String gate, boolean isNew, FolderLock lock, Runnable beforeChange) {
        this.folder = folder;
        this.gate = gate;
        this.isNew = isNew;
        this.lock = lock;
        this.beforeChange = beforeChange;
    }

    /**
     * Begins an update. What a process that died has left is completed or removed.
     *
     * @param folder is made if need be
     * @param gate the file by which programs know what the folder is; taken away first and put back last
     * @throws IOException if the folder can't be written to, or another process is updating it
     */
    public static FolderUpdate begin(Path folder, String gate) throws IOException {
        return begin(folder, gate, () -> {});
    }

    /** The same for a test that wants to see the disk before each change. */
    static FolderUpdate begin(Path path, String gate, Runnable beforeChange) throws IOException {
        Path folder = path.toAbsolutePath();
        boolean isNew = !Files.exists(folder);
        if (Files.isSymbolicLink(folder.resolve(STAGING))) {
            throw new ImportException(folder.resolve(STAGING), "is a link; remove it");
        }
        Path staging = Files.createDirectories(folder.resolve(STAGING));
        FolderLock lock = FolderLock.acquire(staging);
        try {
            if (UpdateJournal.isIn(staging)) {
                UpdateJournal.read(folder, staging).carryOut(() -> {});
            }
            removeAll(staging.resolve(UpdateJournal.FILES));
            Files.createDirectory(staging.resolve(UpdateJournal.FILES));
        } catch (IOException | RuntimeException problem) {
            lock.close();
            throw problem;
        }
        FolderUpdate update = new FolderUpdate(folder, gate, isNew, lock, beforeChange);
        update.removeAtShutdown();
        return update;
    }

    /**
     * Completes an update whose process has died, if there is one: to be called before a folder is read.
     *
     * @throws IOException if it can't be completed, or its process is still at it
     * @throws ImportException if what was left makes no sense
     */
    public static void complete(Path path) throws IOException {
        Path folder = path.toAbsolutePath();
        Path staging = folder.resolve(STAGING);
        if (!Files.isDirectory(staging, LinkOption.NOFOLLOW_LINKS) || !UpdateJournal.isIn(staging)) {
            return;
        }
        requireWritable(folder, staging);
        FolderLock lock = FolderLock.acquire(staging);
        try {
            if (UpdateJournal.isIn(staging)) { // the process that had the lock may have done it
                UpdateJournal.read(folder, staging).carryOut(() -> {});
                removeAll(staging);
            }
        } finally {
            lock.close();
        }
    }

    private static void requireWritable(Path folder, Path staging) throws IOException {
        if (!Files.isWritable(folder) || !Files.isWritable(staging)) {
            throw new IOException(("%s: some of its files are new and some old, as the process that replaced them has"
                            + " died; open it once where it may be written to, and it is completed")
                    .formatted(folder));
        }
    }

    /**
     * Where a new file is to be made.
     *
     * @param name relative to the folder
     */
    public Path file(String name) throws IOException {
        Path file = staging().resolve(UpdateJournal.FILES).resolve(name);
        Files.createDirectories(file.getParent());
        return file;
    }

    private Path staging() {
        return folder.resolve(STAGING);
    }

    /**
     * Puts all new files in the place of the old ones.
     *
     * @throws IOException if that is not possible; the folder is as it was, or is completed when it is opened next
     */
    public synchronized void commit() throws IOException {
        if (over) {
            throw new IOException(folder + ": was not changed, as the process is ending");
        }
        if (!Files.exists(file(gate)) && Files.exists(folder.resolve(gate))) {
            AtomicFile.copy(folder.resolve(gate), file(gate));
        }
        UpdateJournal journal = UpdateJournal.of(folder, staging(), names());
        beforeChange.run();
        journal.write();
        journal.carryOut(beforeChange);
        beforeChange.run();
    }

    /** What is moved, in this order. */
    private List<String> names() throws IOException {
        Path files = staging().resolve(UpdateJournal.FILES);
        try (Stream<Path> all = Files.walk(files)) {
            List<String> names = new ArrayList<>(all.filter(Files::isRegularFile)
                    .map(file -> files.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList());
            if (!names.remove(gate)) {
                throw new IOException("%s: can't be updated, as there is no %s".formatted(folder, gate));
            }
            names.add(gate);
            return names;
        }
    }

    private void removeAtShutdown() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return; // then close() alone cleans up
        }
    }

    /** Ends the update. What was not committed is removed. */
    @Override
    public void close() {
        cleanUp();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return;
        }
    }

    private synchronized void cleanUp() {
        if (over) {
            return;
        }
        over = true;
        try (lock) {
            if (!UpdateJournal.isIn(staging())) {
                removeAll(staging());
                removeIfEmpty();
            }
        } catch (IOException leftBehind) {
            System.getLogger(FolderUpdate.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} could not be removed: {1}", staging(), leftBehind);
        }
    }

    private void removeIfEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            if (!isNew || entries.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(folder);
    }

    private static void removeAll(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(path)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
