package org.sd15.pipeline;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.TensorFile;

/**
 * A place beside a file or folder where it is made, to be moved under its name when it is complete. What is left of it
 * is removed in the end.
 *
 * @param path does not exist at first
 */
record Staging(Path path) implements AutoCloseable {

    static Staging beside(Path target) throws IOException {
        Path folder = target.toAbsolutePath().normalize().getParent();
        if (folder == null) {
            throw new IllegalArgumentException(target + ": can't be written to");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(target.toString(), null, "the folder " + folder + " does not exist");
        }
        return new Staging(folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp"));
    }

    static boolean isEmptyFolder(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        }
    }

    static String sha256(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Makes sure that no weight was too large for its number format.
     *
     * @param target what the user calls it
     */
    void requireFinite(Path target) throws IOException {
        for (Path file : all()) {
            if (Files.isRegularFile(file) && !file.toString().endsWith(".json")) {
                try (TensorFile tensors = TensorFiles.open(file)) {
                    List<String> names = tensors.tensors().keySet().stream()
                            .filter(name -> !tensors.isFinite(name))
                            .toList();
                    if (!names.isEmpty()) {
                        throw new IllegalArgumentException(("%s: was not written: %d weights are too large for half"
                                        + " precision, for instance %s; use bfloat16")
                                .formatted(target, names.size(), names.get(0)));
                    }
                }
            }
        }
    }

    void copyFiles(Path folder) throws IOException {
        Files.createDirectories(path);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, path.resolve(file.getFileName()));
            }
        }
    }

    void moveTo(Path target) throws IOException {
        if (isEmptyFolder(target)) {
            Files.delete(target);
        }
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private List<Path> all() throws IOException {
        if (!Files.exists(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(path)) {
            return files.sorted(Comparator.reverseOrder()).toList();
        }
    }

    @Override
    public void close() throws IOException {
        for (Path file : all()) {
            Files.delete(file);
        }
    }
}
