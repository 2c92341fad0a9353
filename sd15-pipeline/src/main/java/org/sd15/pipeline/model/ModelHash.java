package org.sd15.pipeline.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/** What the web UI tells models apart by: the first ten digits of the SHA-256 of a checkpoint. */
public final class ModelHash {

    private static final int DIGITS = 10;
    private static final int CHUNK = 1 << 20;

    private ModelHash() {}

    /**
     * The hash of a checkpoint, or of the UNet's weights in a folder: the first of their files by name.
     *
     * @return empty if there are no weights
     */
    public static Optional<String> of(Path model) throws IOException {
        if (Files.isRegularFile(model)) {
            return Optional.of(ofFile(model));
        }
        Path unet = model.resolve("unet");
        if (!Files.isDirectory(unet)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(unet)) {
            Optional<Path> weights = files.filter(
                            file -> file.toString().matches(".*\\.(safetensors|bin)") && Files.isRegularFile(file))
                    .sorted()
                    .findFirst();
            return weights.isEmpty() ? Optional.empty() : Optional.of(ofFile(weights.get()));
        }
    }

    private static String ofFile(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }
}
