package org.sd15.importer.names;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/** Some or all tensors of a file under other names. */
public final class RenamedTensors implements TensorFile {

    private final TensorFile file;
    private final Map<String, String> originals;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Closeable owned;

    /**
     * Shows a file under other names.
     *
     * @param file the file
     * @param originals its own name for each name
     * @param owned what to close when this is closed: the file, or nothing if others look at it too
     */
    public RenamedTensors(TensorFile file, Map<String, String> originals, Closeable owned) {
        this.file = file;
        this.originals = Collections.unmodifiableMap(new LinkedHashMap<>(originals));
        this.owned = owned;
        originals.forEach(
                (name, original) -> tensors.put(name, file.info(original).named(name)));
    }

    /** The file's own name for each name. */
    public Map<String, String> originals() {
        return originals;
    }

    /** The file behind the names. */
    public TensorFile file() {
        return file;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public ReadableByteChannel read(String name) throws IOException {
        return file.read(original(name));
    }

    @Override
    public ByteBuffer bytes(String name) {
        return file.bytes(original(name));
    }

    @Override
    public Optional<ByteBuffer> mapped(String name) {
        return file.mapped(original(name));
    }

    @Override
    public Optional<ByteBuffer> mappedForReading(String name) {
        return file.mappedForReading(original(name));
    }

    @Override
    public void close() throws IOException {
        owned.close();
    }

    private String original(String name) {
        return Objects.requireNonNull(originals.get(info(name).name()));
    }
}
