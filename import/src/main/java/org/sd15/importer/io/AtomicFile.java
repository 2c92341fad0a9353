package org.sd15.importer.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file aside and moves it into place. Whoever looks at the target sees the old file or the complete new one; a
 * full disk, an exception or a killed process leaves the old file, or none where there was none.
 *
 * <p>The file aside lies in the target's folder and is called {@code .<name>.<random>.tmp}. It is removed when writing
 * fails and when the process is told to end; only a process that is shot leaves it behind.
 */
public final class AtomicFile {

    private AtomicFile() {}

    /** What goes into a file. */
    @FunctionalInterface
    public interface Content {

        /**
         * Writes everything.
         *
         * @param channel where to; it need not be closed
         */
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /**
     * Writes the content and, when all of it has reached the disk, gives it the target's name.
     *
     * @param target the file to create or to replace; its folder must exist
     * @param content what to write
     * @throws IOException if it can't be written; the target is as it was
     */
    public static void write(Path target, Content content) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new IOException(target + ": is a folder, a file can't take its place");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(target.toString(), null, "the folder " + folder + " does not exist");
        }
        Path aside = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        Removal removal = Removal.of(aside);
        try {
            writeAndSync(aside, content);
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            syncFolder(folder);
        } catch (IOException problem) {
            throw new IOException(explain(target, folder, problem), problem);
        } finally {
            removal.run();
        }
    }

    /**
     * Copies a file of any size; see {@link #write}.
     *
     * @throws IOException if the source can't be read or the target can't be written; the target is as it was
     */
    public static void copy(Path source, Path target) throws IOException {
        try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
            write(target, channel -> {
                long done = 0;
                while (done < from.size()) {
                    done += from.transferTo(done, from.size() - done, channel);
                }
            });
        }
    }

    private static void writeAndSync(Path aside, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.force(true);
        }
    }

    /** Makes the new name itself durable. Windows does not let a folder be opened; there the move has to do. */
    static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException notSupported) {
            return;
        }
    }

    private static String explain(Path target, Path folder, IOException problem) {
        return "%s: could not be written, what was there before is unchanged: %s%s"
                .formatted(target, problem, freeSpace(folder));
    }

    private static String freeSpace(Path folder) {
        try {
            return " (%,d bytes are free in %s)"
                    .formatted(Files.getFileStore(folder).getUsableSpace(), folder);
        } catch (IOException unknown) {
            return "";
        }
    }

    /** Sees to it that the file aside is gone when it has been written or when the process ends, whichever is first. */
    private record Removal(Path aside, Thread hook) implements Runnable {

        static Removal of(Path aside) {
            Thread hook = new Thread(() -> delete(aside), "remove " + aside.getFileName());
            try {
                Runtime.getRuntime().addShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                // A last checkpoint, written by a shutdown hook of the application: then this block alone cleans up.
                return new Removal(aside, hook);
            }
            return new Removal(aside, hook);
        }

        @Override
        public void run() {
            delete(aside);
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                return;
            }
        }

        private static void delete(Path aside) {
            try {
                Files.deleteIfExists(aside);
            } catch (IOException leftBehind) {
                System.getLogger(AtomicFile.class.getName())
                        .log(System.Logger.Level.WARNING, "{0} could not be removed: {1}", aside, leftBehind);
            }
        }
    }
}
