package org.sd15.importer.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Finds out whether something can be written, by trying it with what leaves no trace. */
final class WriteProbe {

    private WriteProbe() {}

    static void file(Path target) throws IOException {
        requireNamed(target);
        WriteTarget found = WriteTarget.of(target);
        try {
            if (found instanceof WriteTarget.Stream stream) {
                if (!stream.isWritable()) {
                    throw new IOException("may not be written to");
                }
                return;
            }
            Path file = found.path();
            if (Files.exists(file)) {
                FileChannel.open(file, StandardOpenOption.WRITE).close(); // says no to what is read-only or in use
            }
            Path parent = file.getParent();
            create(file, parent == null ? file : parent);
        } catch (IOException problem) {
            throw explained(target, problem);
        }
    }

    static void folder(Path folder) throws IOException {
        requireNamed(folder);
        try {
            Path whole = folder.toAbsolutePath();
            create(whole.resolve("file"), whole);
            Leftovers.in(whole).removeAll();
        } catch (IOException problem) {
            throw explained(folder, problem);
        }
    }

    private static void requireNamed(Path target) throws IOException {
        if (target.toString().isBlank()) {
            throw new IOException("\"%s\": is not the name of a file or folder".formatted(target));
        }
    }

    /** Creates a file aside and removes it: in the folder, or in that in which it can be made. */
    private static void create(Path file, Path folder) throws IOException {
        Path there = folder;
        while (!isThere(there)) {
            Path above = there.getParent();
            if (above == null) {
                throw new NoSuchFileException(there.toString());
            }
            there = above;
        }
        if (!Files.isDirectory(there)) {
            throw new IOException((Files.exists(there) ? "%s is a file, no folder" : "%s is a link that leads nowhere")
                    .formatted(there));
        }
        for (Path part : there.relativize(file)) {
            requirePossible(there.resolve(part));
        }
        requirePossible(file);
        if (Aside.isProcessEnding()) {
            return;
        }
        try {
            Aside.file(there.resolve(String.valueOf(file.getFileName()))).close();
        } catch (NoSuchFileException virtual) { // as /proc says it
            throw new IOException("no files can be made in " + there, virtual);
        }
        if (there.equals(file.getParent())) {
            Leftovers.of(file).removeAll();
        }
    }

    private static boolean isThere(Path path) {
        return Files.exists(path) || Files.isSymbolicLink(path);
    }

    /** A name that is too long, or has characters that the system does not take, can't be looked up either. */
    private static void requirePossible(Path path) throws IOException {
        try {
            Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException possible) {
            return;
        }
    }

    private static IOException explained(Path target, IOException problem) {
        return new IOException("%s: can't be written: %s".formatted(target, FileProblem.reason(problem)), problem);
    }
}
