package org.sd15.importer.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32;
import org.sd15.importer.tensor.TensorInfo;

/**
 * A part of a file, for memory that arrays are views of. Its page frames are the system's copy of the file: nothing is held
 * twice.
 *
 * @param path the file
 * @param begin its first byte
 * @param size how many bytes
 */
record MappedPart(Path path, long begin, long size) {

    private static final int CHUNK = 1 << 17;

    private static final OpenOption[] READ = {StandardOpenOption.READ};
    private static final OpenOption[] READ_AND_WRITE = {StandardOpenOption.READ, StandardOpenOption.WRITE};

    /**
     * The bytes as memory.
     *
     * @param info what they are
     * @param forReading whether the memory is to be read only; else writing to it leaves the file as it is, which takes a
     *     file that this process may open for writing
     * @return little-endian; empty where the bytes are not aligned to the elements, too many for one buffer or none, or the
     *     system refuses
     */
    Optional<ByteBuffer> memory(TensorInfo info, boolean forReading) {
        boolean aligned = begin * Byte.SIZE % info.dtype().bits() == 0;
        if (size == 0 || size > Integer.MAX_VALUE || !aligned || !(forReading || Files.isWritable(path))) {
            return Optional.empty();
        }
        try (FileChannel file = FileChannel.open(path, forReading ? READ : READ_AND_WRITE)) {
            // Mapping more than there is would make the file longer.
            return begin > file.size() - size
                    ? Optional.empty()
                    : Optional.of(file.map(forReading ? MapMode.READ_ONLY : MapMode.PRIVATE, begin, size)
                            .order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException notPossible) {
            return Optional.empty();
        }
    }

    /** Whether the bytes are there and have a checksum. */
    boolean hasChecksum(FileChannel file, long expected) throws IOException {
        if (begin < 0 || begin > file.size() - size) {
            return false;
        }
        CRC32 checksum = new CRC32();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        for (long done = 0; done < size; ) {
            chunk.clear().limit((int) Math.min(CHUNK, size - done));
            int read = file.read(chunk, begin + done);
            if (read < 0) {
                return false;
            }
            checksum.update(chunk.flip());
            done += read;
        }
        return checksum.getValue() == expected;
    }
}
