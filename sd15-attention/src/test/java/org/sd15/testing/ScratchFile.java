package org.sd15.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file that a test writes again and again. */
public final class ScratchFile {

    private ScratchFile() {}

    /**
     * Has the file hold these bytes and no others.
     *
     * <p>Its old bytes are written over: a file that is emptied first, as {@code Files.write} does, is flushed by ext4 when
     * it is closed, which takes longer than most readers need.
     *
     * @return the file
     */
    public static Path write(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.truncate(bytes.length);
        }
        return file;
    }
}
