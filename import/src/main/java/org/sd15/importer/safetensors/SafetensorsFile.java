package org.sd15.importer.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.FileBytes;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.safetensors.Header.Entry;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * A safetensors file, mapped into memory.
 *
 * <p>An aligned {@code F32} tensor that is loaded as {@code FLOAT} is not copied: the array is a view of the mapped file. That
 * memory is private to the process, so an array may be trained in place and the file remains what it is. It takes a file
 * that this process may open for writing (it never writes to it); from a read-only file tensors are copied.
 */
public final class SafetensorsFile implements TensorFile {

    private final Path path;
    private final Header header;
    private final long dataStart;
    private final Map<String, TensorInfo> tensors;
    private final MappedFile bytes;
    private final @Nullable MappedFile copyOnWrite;
    private volatile boolean closed;

    private SafetensorsFile(Path path, Header header, MappedFile bytes, @Nullable MappedFile copyOnWrite) {
        this.path = path;
        this.header = header;
        this.dataStart = Header.LENGTH_BYTES + (long) header.textBytes().length;
        this.tensors = Collections.unmodifiableMap(header.infos());
        this.bytes = bytes;
        this.copyOnWrite = copyOnWrite;
    }

    /** How to map memory that arrays may be views of; null where that is impossible. */
    @FunctionalInterface
    interface PrivateMapping {
        @Nullable
        MappedFile map(Path path, List<Long> cuts) throws IOException;
    }

    /**
     * Opens a file and checks its header: length, UTF-8, JSON, keys, formats, shapes, and that the tensors fill the file
     * from end to end without overlap.
     *
     * @throws ImportException if any of that does not hold
     */
    public static SafetensorsFile open(Path path) throws IOException {
        return open(path, SafetensorsFile::mapPrivately);
    }

    static SafetensorsFile open(Path path, PrivateMapping mapping) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Header header = readHeader(path, channel);
            List<Long> cuts = MappedFile.cuts(borders(header, channel.size()), MappedFile.LARGEST_WINDOW);
            MappedFile copyOnWrite = mapping.map(path, cuts);
            requireUnchanged(path, channel, cuts);
            return new SafetensorsFile(path, header, MappedFile.map(channel, MapMode.READ_ONLY, cuts), copyOnWrite);
        }
    }

    /**
     * Memory over a file ends where the file does, and a process that reads on is killed; what is mapped for writing would
     * even be made longer.
     */
    private static void requireUnchanged(Path path, FileChannel channel, List<Long> cuts) throws IOException {
        long before = cuts.get(cuts.size() - 1);
        if (channel.size() != before) {
            throw new ImportException(
                    path,
                    "changed while it was opened: it had %,d bytes and has %,d; open it when it is complete"
                            .formatted(before, channel.size()));
        }
    }

    private static Header readHeader(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < Header.LENGTH_BYTES) {
            throw new ImportException(
                    path,
                    "has %d bytes, too few for a safetensors file: it begins with 8 bytes of length".formatted(size));
        }
        long length = FileBytes.read(channel, 0, Header.LENGTH_BYTES).getLong();
        if (length < 0 || length > Header.LARGEST) {
            throw new ImportException(
                    path,
                    "claims a header of %s bytes, more than the %,d that safetensors allows"
                            .formatted(Long.toUnsignedString(length), Header.LARGEST));
        }
        if (length > Header.LARGEST_READ) {
            throw new ImportException(
                    path,
                    "claims a header of %,d bytes, far more than any model needs: at most %,d are read"
                            .formatted(length, Header.LARGEST_READ));
        }
        long available = size - Header.LENGTH_BYTES;
        if (length > available) {
            throw new ImportException(
                    path,
                    "is truncated: claims a header of %,d bytes, but only %,d follow".formatted(length, available));
        }
        ByteBuffer text = FileBytes.read(channel, Header.LENGTH_BYTES, (int) length);
        return HeaderParser.parse(path, StrictJson.decode(path, text), available - length);
    }

    private static List<Long> borders(Header header, long size) {
        long dataStart = size - header.dataBytes();
        List<Long> borders = new ArrayList<>(List.of(0L));
        header.inDataOrder().forEach(entry -> borders.add(dataStart + entry.begin()));
        borders.add(size);
        return borders;
    }

    /** Copy-on-write mapping, if the file and the memory allow it: without it tensors are copied instead. */
    static @Nullable MappedFile mapPrivately(Path path, List<Long> cuts) throws IOException {
        if (!Files.isWritable(path)) {
            return null;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            requireUnchanged(path, channel, cuts);
            return MappedFile.map(channel, MapMode.PRIVATE, cuts);
        } catch (IOException notPossible) {
            return null;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    @Override
    public ReadableByteChannel read(String name) {
        Entry entry = entry(name);
        return new MappedChannel(bytes, dataStart + entry.begin(), dataStart + entry.end());
    }

    @Override
    public ByteBuffer bytes(String name) {
        Entry entry = entry(name);
        long size = entry.info().bytes();
        if (size == 0) {
            return ByteBuffer.allocate(0).asReadOnlyBuffer();
        }
        ByteBuffer whole = bytes.from(dataStart + entry.begin(), size);
        if (whole.remaining() < size) {
            throw new ImportException(path, entry.info() + " is too large for one buffer");
        }
        return whole;
    }

    @Override
    public Optional<ByteBuffer> mapped(String name) {
        Entry entry = entry(name);
        return copyOnWrite == null ? Optional.empty() : memory(entry, copyOnWrite);
    }

    @Override
    public Optional<ByteBuffer> mappedForReading(String name) {
        return memory(entry(name), bytes);
    }

    private Optional<ByteBuffer> memory(Entry entry, MappedFile mapping) {
        long begin = dataStart + entry.begin();
        long size = entry.info().bytes();
        boolean aligned = begin * Byte.SIZE % entry.info().dtype().bits() == 0;
        return size == 0 || !aligned
                ? Optional.empty()
                : Optional.of(mapping.from(begin, size)).filter(memory -> memory.remaining() == size);
    }

    MappedFile mappedBytes() {
        return bytes;
    }

    /** The header, for a file that is to look like this one. */
    Header header() {
        return header;
    }

    @Override
    public void close() {
        closed = true;
    }

    private Entry entry(String name) {
        if (closed) {
            throw new IllegalStateException(path + " is closed");
        }
        return Objects.requireNonNull(header.entries().get(info(name).name()));
    }
}
