package org.sd15.importer.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file aside and moves it into place. A reader of the target sees the old file or the complete new one; a
 * full disk, an exception or a killed process leaves the old file, or none where there was none.
 *
 * <p>The temporary file is in the target's folder and is called {@code .<name>.<digits>.tmp}. It is removed when writing
 * fails and when the process is terminated; what a killed process (SIGKILL) leaves behind is removed by the next one that
 * writes the same target, see {@link Leftovers}.
 *
 * <p>A link is followed: what it leads to is replaced, in its own folder. Devices, pipes and what this process has open
 * ({@code /dev/stdout}, {@code /dev/fd/3}) are written to as they are, from front to back; nothing is atomic there. A file
 * that is replaced keeps its permissions and, if the system permits, its owner. Of a file with several names (hard links)
 * only this name leads to the new one; the others keep the old.
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
        WriteTarget found = WriteTarget.of(target);
        if (found instanceof WriteTarget.Stream stream) {
            try {
                stream.write(content);
            } catch (IOException problem) {
                throw new IOException(target + ": could not be written: " + FileProblem.reason(problem), problem);
            }
        } else {
            replace(target, found.path(), content);
        }
    }

    /** Writes some bytes; see {@link #write(Path, Content)}. */
    public static void write(Path target, byte[] bytes) throws IOException {
        write(target, channel -> {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                channel.write(left);
            }
        });
    }

    /**
     * Copies a file of any size; see {@link #write(Path, Content)}.
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

    /**
     * Makes sure, before anything is computed for it, that a file can be written: that its name is possible, that nothing
     * is in its place that can't be replaced, that its folder, or the one that its folder can be made in, takes files. It
     * leaves nothing behind, and removes what processes that were shot have left of the same target.
     *
     * @throws IOException if it can't be; the message names the target and says why
     */
    public static void requireWritable(Path target) throws IOException {
        WriteProbe.file(target);
    }

    /**
     * Makes sure that a folder is there or can be made, and that files can be written into it; see
     * {@link #requireWritable}. What processes that were shot have left of any file in it is removed.
     *
     * @throws IOException if not; the message names the folder and says why
     */
    public static void requireWritableFolder(Path folder) throws IOException {
        WriteProbe.folder(folder);
    }

    /** Makes a folder, and those around it. One that is there stays, also if a link leads to it. */
    public static void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(
                folder)) { // Java 17 makes no difference between a link to a folder and a file in its place
            Files.createDirectories(folder);
        }
    }

    /** Makes the folder of a file; see {@link #makeFolder}. */
    public static void makeFolderOf(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            makeFolder(folder);
        }
    }

    /**
     * What a name leads to: itself, or the end of its links, whether there is anything yet or not.
     *
     * @throws IOException if the links go round in a circle
     */
    public static Path follow(Path target) throws IOException {
        return WriteTarget.follow(target);
    }

    /** Whether a name refers to this process's standard output, as {@code /dev/stdout} does. */
    public static boolean isStandardOutput(Path target) {
        try {
            return WriteTarget.of(target) instanceof WriteTarget.Stream stream && stream.isStandardOutput();
        } catch (IOException folderOrLoop) {
            return false;
        }
    }

    /** Whether there is something that can only be written to, not be replaced: a device or a pipe. */
    public static boolean isStream(Path target) {
        try {
            return WriteTarget.of(target) instanceof WriteTarget.Stream;
        } catch (IOException folderOrLoop) {
            return false;
        }
    }

    private static void replace(Path target, Path file, Content content) throws IOException {
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(target.toString(), null, "the folder " + folder + " does not exist");
        }
        Leftovers.of(file).removeFew();
        try (Aside aside = Aside.file(file, FileMode.of(file).forCreation())) {
            content.writeTo(aside.channel());
            aside.channel().force(true);
            aside.move(aside.path(), file);
        } catch (IOException problem) {
            throw new IOException(explain(target, folder, problem), problem);
        }
    }

    /** Makes a new name itself durable. Windows does not let a folder be opened; there the move has to do. */
    static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException notSupported) {
            return;
        }
    }

    private static String explain(Path target, Path folder, IOException problem) {
        return "%s: could not be written, what was there before is unchanged: %s%s"
                .formatted(target, FileProblem.reason(problem), freeSpace(folder));
    }

    private static String freeSpace(Path folder) {
        try {
            return " (%,d bytes are free in %s)"
                    .formatted(Files.getFileStore(folder).getUsableSpace(), folder);
        } catch (IOException unknown) {
            return "";
        }
    }
}
