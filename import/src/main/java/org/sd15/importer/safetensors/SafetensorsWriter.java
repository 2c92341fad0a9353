package org.sd15.importer.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.safetensors.Header.Entry;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;

/**
 * Writes safetensors files, tensor by tensor: nothing is gathered in memory. The file appears under its name when it is
 * complete and on the disk, see {@link AtomicFile}.
 *
 * <pre>
 * SafetensorsWriter.create().metadata("format", "pt").add("weight", array, DType.F16).write(path);
 * SafetensorsWriter.like(file).replace("conv_in.weight", trained).write(path);
 * </pre>
 */
public final class SafetensorsWriter {

    private final Map<String, TensorSource> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsWriter() {}

    /** A writer of a new file, which gets the order, the header and the padding that the Python library gives it. */
    public static SafetensorsWriter create() {
        return new SafetensorsWriter();
    }

    /**
     * A file with the header of another, byte by byte: the same tensors in the same order, formats, metadata and padding.
     * With nothing replaced it is a copy.
     */
    public static Like like(SafetensorsFile original) {
        return new Like(original);
    }

    /** Adds a remark. */
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** Adds remarks. */
    public SafetensorsWriter metadata(Map<String, String> remarks) {
        metadata.putAll(remarks);
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @throws IllegalArgumentException if there is one of that name
     */
    public SafetensorsWriter add(TensorSource tensor) {
        String name = tensor.info().name();
        if (name.equals(HeaderWriter.METADATA) || tensors.putIfAbsent(name, tensor) != null) {
            throw new IllegalArgumentException("a safetensors file can't have (another) tensor " + name);
        }
        return this;
    }

    /**
     * Adds an array.
     *
     * @throws IllegalArgumentException if there is a tensor of that name or the array does not convert
     */
    public SafetensorsWriter add(String name, INDArray array, DType dtype) {
        return add(TensorSource.of(name, array, dtype));
    }

    /** Adds all tensors of a file as they are. */
    public SafetensorsWriter addAll(TensorFile file) {
        file.tensors().keySet().forEach(name -> add(TensorSource.copy(file, name)));
        return this;
    }

    /**
     * Writes the file.
     *
     * @throws IOException if it can't be written; the target is as it was
     */
    public void write(Path target) throws IOException {
        write(target, HeaderWriter.header(tensors.values(), metadata), tensors);
    }

    private static void write(Path target, Header header, Map<String, TensorSource> tensors) throws IOException {
        AtomicFile.write(target, channel -> {
            writeHeader(header, channel);
            for (Entry entry : header.inDataOrder()) {
                Objects.requireNonNull(tensors.get(entry.info().name())).writeTo(channel);
            }
        });
    }

    private static void writeHeader(Header header, WritableByteChannel channel) throws IOException {
        byte[] text = header.textBytes();
        ByteBuffer head = ByteBuffer.allocate(Header.LENGTH_BYTES + text.length).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(text.length).put(text).flip();
        while (head.hasRemaining()) {
            channel.write(head);
        }
    }

    /** A file in the likeness of another. */
    public static final class Like {

        private final Header header;
        private final Map<String, TensorSource> tensors = new LinkedHashMap<>();

        private Like(SafetensorsFile original) {
            this.header = original.header();
            original.tensors().keySet().forEach(name -> tensors.put(name, TensorSource.copy(original, name)));
        }

        /**
         * Puts an array in a tensor's place, in the tensor's format and shape.
         *
         * @throws IllegalArgumentException if there is no such tensor, the shape is another, or the array does not convert
         */
        public Like replace(String name, INDArray array) {
            TensorSource before = tensors.get(name);
            if (before == null) {
                throw new IllegalArgumentException("there is no tensor " + name + " to replace");
            }
            TensorInfo info = before.info();
            tensors.put(name, TensorSource.of(info, array));
            return this;
        }

        /**
         * Writes the file. The original may be the target.
         *
         * @throws IOException if it can't be written; the target is as it was
         */
        public void write(Path target) throws IOException {
            SafetensorsWriter.write(target, header, tensors);
        }
    }
}
