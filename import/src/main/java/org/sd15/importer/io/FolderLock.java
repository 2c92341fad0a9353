package org.sd15.importer.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right of one process to work in a folder: a lock of the operating system on a file {@code lock} there, which says
 * who has it. The system gives it back when the process ends, however it ends; the file stays and does no harm.
 */
public final class FolderLock implements AutoCloseable {

    /** The name of the file. */
    public static final String FILE = "lock";

    /** Far behind the text, which others are to read: Windows keeps them from what is locked. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private static final int LONGEST_COMMAND = 160;
    private static final int LONGEST_TEXT = 400;

    /**
     * The folders that this process has, with who has them. The system's locks belong to whole processes, and closing
     * the file anywhere in the process gives the lock back: so it must not even be opened a second time.
     */
    private static final Map<Object, String> OWN = new ConcurrentHashMap<>();

    private final Object key;
    private final @Nullable FileChannel channel;

    private FolderLock(Object key, @Nullable FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /**
     * Takes the right to a folder.
     *
     * @throws IOException if another process or thread has it; the message says which
     */
    public static FolderLock acquire(Path folder) throws IOException {
        Object key = key(folder);
        String self = self();
        String other = OWN.putIfAbsent(key, self);
        if (other != null) {
            throw inUse(folder, other);
        }
        try {
            return new FolderLock(key, lock(folder, self));
        } catch (IOException | RuntimeException problem) {
            OWN.remove(key);
            throw problem;
        }
    }

    /** One folder has one key, whatever path leads to it. */
    private static Object key(Path folder) throws IOException {
        Object key = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
        return key == null ? folder.toRealPath() : key;
    }

    private static @Nullable FileChannel lock(Path folder, String self) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(folder, channel);
            if (lock == null || !Files.exists(folder.resolve(FILE))) { // its owner may just have removed it
                throw inUse(folder, read(channel));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(self.getBytes(StandardCharsets.UTF_8)), 0);
            return channel;
        } catch (Unsupported noLocks) {
            channel.close();
            System.getLogger(FolderLock.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "{0} can''t be locked, see to it that only one process writes there: {1}",
                            folder,
                            noLocks.getMessage());
            return null;
        } catch (IOException | RuntimeException problem) {
            channel.close();
            throw problem;
        }
    }

    private static @Nullable FileLock tryLock(Path folder, FileChannel channel) throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false);
        } catch (OverlappingFileLockException another) {
            throw inUse(folder, "another part of this process");
        } catch (IOException problem) {
            throw new Unsupported(problem);
        }
    }

    /** The file system doesn't lock, as some of networks don't. */
    private static final class Unsupported extends IOException {

        private static final long serialVersionUID = 1;

        Unsupported(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(LONGEST_TEXT);
        channel.read(text, 0);
        String owner = StandardCharsets.UTF_8
                .decode(text.flip())
                .toString()
                .replaceAll("\\p{Cntrl}", " ")
                .strip();
        return owner.isEmpty() ? "another process" : owner;
    }

    private static String self() {
        ProcessHandle process = ProcessHandle.current();
        Instant start = process.info().startInstant().orElseGet(Instant::now);
        String command = Objects.requireNonNullElse(System.getProperty("sun.java.command"), "java")
                .replaceAll("\\s+", " ");
        return "process %s, which runs since %s: %s"
                .formatted(
                        process.pid(),
                        start.truncatedTo(ChronoUnit.SECONDS),
                        command.length() > LONGEST_COMMAND ? command.substring(0, LONGEST_COMMAND) + "..." : command);
    }

    private static IOException inUse(Path folder, String owner) {
        return new IOException(
                "%s: is in use by %s: wait for it, stop it, or write elsewhere".formatted(folder, owner));
    }

    /** Gives the folder back. */
    @Override
    public void close() throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            OWN.remove(key);
        }
    }
}
