package org.sd15.importer.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeSet;

/**
 * What a {@link FolderUpdate} moves. It may be carried out any number of times, from any point on.
 *
 * @param folder the folder that is updated
 * @param staging the hidden folder in it
 * @param names of the new files, relative to both; the last one is the gate
 */
record UpdateJournal(Path folder, Path staging, List<String> names) {

    private static final String FILE = "journal";
    /** The folder of the new files in the hidden one. */
    static final String FILES = "files";

    /** A model has some dozen files. */
    private static final long LARGEST = 1 << 20;

    /** Whether there is one. */
    static boolean isIn(Path staging) {
        return Files.isRegularFile(staging.resolve(FILE), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * A journal of files that are all there.
     *
     * @throws ImportException if a file would end up outside of the folder
     */
    static UpdateJournal of(Path folder, Path staging, List<String> names) throws IOException {
        UpdateJournal journal = new UpdateJournal(folder, staging, List.copyOf(names));
        for (String name : names) {
            journal.requireInside(name);
        }
        return journal;
    }

    /**
     * Reads the journal of a process that has died. It is in a folder that may come from anywhere, so it is
     * trusted only as far as it moves files inside of that.
     *
     * @throws ImportException if it would do anything else
     */
    static UpdateJournal read(Path folder, Path staging) throws IOException {
        Path file = staging.resolve(FILE);
        if (Files.size(file) > LARGEST) {
            throw new ImportException(file, "has %,d bytes, far too many for an update".formatted(Files.size(file)));
        }
        String text = StandardCharsets.UTF_8
                .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                .toString();
        List<String> names = text.lines().toList();
        if (names.isEmpty()) {
            throw new ImportException(file, "is empty; the update of " + folder + " can't be completed");
        }
        UpdateJournal journal = of(folder, staging, names);
        for (String name : names) {
            if (!journal.isStaged(name) && !Files.isRegularFile(folder.resolve(name))) {
                throw new ImportException(
                        folder, "an update was not completed and can't be any more: there is no new " + name);
            }
        }
        return journal;
    }

    private void requireInside(String name) throws IOException {
        Path file = InnerPath.of(folder, name).orElse(folder);
        if (!name.isEmpty() && !folder.equals(file) && isInside(file) && isInside(staged(name))) {
            return;
        }
        throw new ImportException(folder, "can't be updated, as \"%s\" leads out of the folder".formatted(name));
    }

    /** Links may lead elsewhere. */
    private boolean isInside(Path file) throws IOException {
        Path above = file.getParent();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        return above != null && above.toRealPath().startsWith(folder.toRealPath());
    }

    private Path staged(String name) {
        return staging.resolve(FILES).resolve(name);
    }

    private boolean isStaged(String name) {
        return Files.isRegularFile(staged(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** From here on the update takes place. */
    void write() throws IOException {
        ByteBuffer text = StandardCharsets.UTF_8.encode(String.join("\n", names));
        AtomicFile.write(staging.resolve(FILE), channel -> channel.write(text));
    }

    /**
     * Moves what has not been moved yet and removes the journal.
     *
     * @param beforeChange is run before each change of the disk
     */
    void carryOut(Runnable beforeChange) throws IOException {
        String gate = names.get(names.size() - 1);
        if (isStaged(gate)) {
            beforeChange.run();
            Files.deleteIfExists(folder.resolve(gate));
        }
        TreeSet<Path> changed = new TreeSet<>();
        for (String name : names) {
            if (isStaged(name)) {
                Path target = folder.resolve(name);
                changed.add(Files.createDirectories(target.getParent()));
                beforeChange.run();
                Files.move(staged(name), target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        changed.forEach(AtomicFile::syncFolder);
        beforeChange.run();
        Files.delete(staging.resolve(FILE));
    }
}
