package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorSource;

/** SHA-256 of things that decide what is in a cache. */
final class Digest {

    private final MessageDigest digest;

    Digest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A digest of the weights that a model shows to a reader. */
    static String of(Consumer<BiConsumer<String, INDArray>> weights) {
        Digest digest = new Digest();
        weights.accept(digest::add);
        return digest.hex();
    }

    Digest add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
        return this;
    }

    Digest add(Path file) throws IOException {
        digest.update(Files.readAllBytes(file));
        return this;
    }

    private void add(String name, INDArray array) {
        add(name);
        try {
            TensorSource.of(name, array, DType.F32).writeTo(new Sink());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Puts what is written into the digest. */
    private final class Sink implements WritableByteChannel {

        @Override
        public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            digest.update(bytes);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            digest.reset();
        }
    }
}
