package org.sd15.importer.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Small pieces of a file. */
public final class FileBytes {

    private FileBytes() {}

    /**
     * Reads a piece.
     *
     * @return all of it, little-endian
     * @throws EOFException if the file ends before it does
     */
    public static ByteBuffer read(FileChannel file, long from, int size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, from + buffer.position()) < 0) {
                throw new EOFException("the file ends at byte %,d".formatted(file.size()));
            }
        }
        return buffer.flip();
    }
}
