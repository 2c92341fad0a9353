package org.sd15.pipeline.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.Aside;
import org.sd15.importer.tensor.TensorFile;

/**
 * A place beside a file or folder where it is made, to be moved under its name when it is complete. What is left of it
 * is removed in the end, also when the process is terminated; what a killed process (SIGKILL) left is removed by the next
 * one with the same target.
 *
 * @param aside the hidden folder around it
 * @param path in that folder, under the name that it will have; does not exist at first
 */
record Staging(Aside aside, Path path) implements AutoCloseable {

    /** A place beside a target that is no link. */
    static Staging beside(Path target) throws IOException {
        Path whole = target.toAbsolutePath().normalize();
        Aside aside = Aside.folder(whole);
        return new Staging(aside, aside.path().resolve(String.valueOf(whole.getFileName())));
    }

    /**
     * Makes sure that there is room for what is to be made.
     *
     * @param target what the user calls it
     */
    void requireRoom(long bytes, Path target) throws IOException {
        long free = Files.getFileStore(aside.path()).getUsableSpace();
        if (free < bytes) {
            throw new IOException("%s: was not written, it takes %,d bytes and %,d are free in %s"
                    .formatted(target, bytes, free, aside.path().getParent()));
        }
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

    void copyFiles(List<Path> files) throws IOException {
        Files.createDirectories(path);
        for (Path file : files) {
            Files.copy(file, path.resolve(file.getFileName()));
        }
    }

    void moveTo(Path target) throws IOException {
        if (isEmptyFolder(target)) {
            Files.delete(target);
        }
        aside.move(path, target);
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
        aside.close();
    }
}
