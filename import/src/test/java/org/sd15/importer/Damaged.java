package org.sd15.importer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.testing.MutationRun;

/** What the tests have in common that give damaged files to the readers of this module. */
public final class Damaged {

    private static final String[] WORDS = {
        "\"__metadata__\":{", "\"dtype\":\"F32\"", "\"I64\"", "\"BOOL\"", "\"F8_E4M3\"", "\"F4\"", "\"shape\":[", "]",
        "\"data_offsets\":[0,4]", "{}", "null", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\\ud800", "\\u0000", "../",
                ".weight"
    };

    private Damaged() {}

    /** A run of all mutations of a reader, which may refuse with an {@link ImportException} only. */
    public static MutationRun run(long seed) {
        return run(seed, 1);
    }

    /** One of several runs that share the mutations of a reader. */
    public static MutationRun run(long seed, int runs) {
        return MutationRun.of(seed, MutationRun.count() / runs).words(WORDS).refusedWith(ImportException.class);
    }

    /** Files as they are, the empty one left out. */
    public static List<byte[]> samples(Stream<Path> files) throws IOException {
        List<byte[]> samples = new ArrayList<>();
        for (Path file : (Iterable<Path>) files::iterator) {
            if (Files.size(file) > 0) {
                samples.add(Files.readAllBytes(file));
            }
        }
        return samples;
    }

    /** Opens a file of weights and reads whatever it says that it has. */
    public static void readAll(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            readAll(file);
        }
    }

    /** Reads all tensors of a file in each of the ways there are. */
    public static void readAll(TensorFile file) {
        for (TensorInfo info : file.tensors().values()) {
            file.bytes(info.name());
            if (file.isFinite(info.name()) && info.dtype().isFloating()) {
                file.load(info.name(), DataType.FLOAT);
            } else if (info.dtype().isInteger()) {
                file.load(info.name(), DataType.INT64);
            }
        }
    }

    /** The header of a safetensors file. */
    public static byte[] headerOf(byte[] file) {
        int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new String(file, Long.BYTES, length, UTF_8).strip().getBytes(UTF_8);
    }

    /** A safetensors file with any header, which has the length that it says, and zeros for its tensors. */
    public static byte[] withHeader(byte[] header, int dataBytes) {
        return ByteBuffer.allocate(Long.BYTES + header.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }
}
