package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.sd15.importer.tensor.TensorSource;

/** A sum over tensors and remarks that changes when any bit of them does, in whatever order a file has them. */
final class Checksum implements WritableByteChannel {

    private final CRC32C sum = new CRC32C();

    private Checksum() {}

    /** The sum as hexadecimal digits. */
    static String of(Map<String, String> remarks, List<TensorSource> tensors) throws IOException {
        try (Checksum checksum = new Checksum()) {
            new TreeMap<>(remarks).forEach((key, value) -> checksum.add(key + "\0" + value + "\0"));
            for (TensorSource tensor : tensors.stream()
                    .sorted(Comparator.comparing(source -> source.info().name()))
                    .toList()) {
                checksum.add(tensor.info() + "\0");
                tensor.writeTo(checksum);
            }
            return "%08x".formatted(checksum.sum.getValue());
        }
    }

    private void add(String text) {
        sum.update(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int write(ByteBuffer bytes) {
        int count = bytes.remaining();
        sum.update(bytes);
        return count;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
