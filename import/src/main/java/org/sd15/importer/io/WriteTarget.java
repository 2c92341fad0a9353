package org.sd15.importer.io;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sd15.importer.io.AtomicFile.Content;

/** What is at the end of the links that a name leads through. */
sealed interface WriteTarget {

    /** As many as Linux follows. */
    int MOST_LINKS = 40;

    /** What this process has open itself, by number. */
    Pattern DESCRIPTOR = Pattern.compile("/(?:dev|proc/self|proc/thread-self)/fd/(\\d+)");

    /** The end of the links. */
    Path path();

    /**
     * Follows the links of a name.
     *
     * @throws IOException if there is a folder, or if the links go round in a circle
     */
    static WriteTarget of(Path target) throws IOException {
        Path end = follow(target);
        Matcher descriptor = descriptor(end);
        if (descriptor.matches()) {
            return new Stream(end, Integer.parseInt(descriptor.group(1)));
        }
        if (Files.isDirectory(end)) {
            throw new IOException(target + ": is a folder, a file can't take its place");
        }
        boolean plain = !Files.exists(end)
                || !Files.readAttributes(end, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther();
        return plain ? new PlainFile(end) : new Stream(end, -1);
    }

    /** The end of the links, or a descriptor of this process: that may be of a file to which other processes write. */
    static Path follow(Path target) throws IOException {
        Path path = target.toAbsolutePath();
        for (int links = 0; links <= MOST_LINKS; links++) {
            if (!Files.isSymbolicLink(path) || descriptor(path).matches()) {
                return path;
            }
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        throw new IOException(target + ": is a link that leads back to itself");
    }

    private static Matcher descriptor(Path path) {
        return DESCRIPTOR.matcher(path.normalize().toString());
    }

    /**
     * A file, or the place for one.
     *
     * @param path absolute and no link itself
     */
    record PlainFile(Path path) implements WriteTarget {}

    /**
     * A device, a pipe, a socket, or what this process has open already: it can't be replaced, only be written to.
     *
     * @param path to open it with
     * @param descriptor its number if this process has it open, or -1
     */
    record Stream(Path path, int descriptor) implements WriteTarget {

        boolean isStandardOutput() {
            return descriptor == 1;
        }

        boolean isWritable() {
            return descriptor >= 0 && descriptor <= 2 || Files.isWritable(path);
        }

        /** Writes as the content comes. Nothing is truncated: what is in an open file already stays. */
        void write(Content content) throws IOException {
            if (isStandardOutput()) {
                System.out.flush();
                content.writeTo(new FileOutputStream(FileDescriptor.out).getChannel()); // stays open
            } else if (descriptor == 2) {
                content.writeTo(new FileOutputStream(FileDescriptor.err).getChannel());
            } else {
                OpenOption[] options = Files.isRegularFile(path)
                        ? new OpenOption[] {StandardOpenOption.WRITE, StandardOpenOption.APPEND}
                        : new OpenOption[] {StandardOpenOption.WRITE};
                try (FileChannel channel = FileChannel.open(path, options)) {
                    content.writeTo(channel);
                }
            }
        }
    }
}
