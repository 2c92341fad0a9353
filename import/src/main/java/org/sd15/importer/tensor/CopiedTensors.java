package org.sd15.importer.tensor;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Map;

/**
 * A file whose tensors are always read into memory, never mapped: what happens to the file after that does not matter to
 * the arrays.
 *
 * @param file closed when this is
 */
public record CopiedTensors(TensorFile file) implements TensorFile {

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return file.tensors();
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public ReadableByteChannel read(String name) throws IOException {
        return file.read(name);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
