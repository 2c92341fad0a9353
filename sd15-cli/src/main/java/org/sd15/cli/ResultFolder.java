package org.sd15.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.AtomicFile;
import org.sd15.pipeline.image.PngFile;

/**
 * A folder for results, in which earlier ones may be: nothing of them is overwritten. Pictures are numbered on; a run that
 * leaves several files which belong together gets a folder of its own in it, {@code run-2} and so on, unless it is the first.
 */
final class ResultFolder {

    /** What commands call their results. */
    static final Pattern RESULTS = Pattern.compile(
            "(?i)(\\d+|given|autoencoder|before|after(-\\d+)?|picture|strip|(mask|heat|map)(-.*)?|\\d+-\\d+|sheet)\\.png");

    private static final Pattern NUMBERED = Pattern.compile("(?i)(\\d{1,9})\\.png");

    private final Path folder;
    private final boolean overwrite;
    private final Set<String> written = new HashSet<>();
    private @Nullable Path ofRun;
    private @Nullable Integer first;

    ResultFolder(Path folder, boolean overwrite) {
        this.folder = folder;
        this.overwrite = overwrite;
    }

    /** A file of this run. */
    Path file(String name) throws IOException {
        if (ofRun == null) {
            ofRun = overwrite || results().isEmpty() ? made(folder) : next();
        }
        written.add(name);
        return ofRun.resolve(name);
    }

    /** The picture of a number, counted from 0, after all that are there. */
    Path numbered(int number) throws IOException {
        if (first == null) {
            made(folder);
            first = overwrite
                    ? 0
                    : results().stream().mapToInt(ResultFolder::following).max().orElse(0);
        }
        return folder.resolve(first + number + ".png");
    }

    private static int following(String name) {
        var numbered = NUMBERED.matcher(name);
        return numbered.matches() ? Integer.parseInt(numbered.group(1)) + 1 : 0;
    }

    /** Names of results that are there. */
    private List<String> results() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> RESULTS.matcher(name).matches())
                    .toList();
        }
    }

    private Path next() throws IOException {
        for (int number = 2; ; number++) {
            Path own = folder.resolve("run-" + number);
            try {
                Files.createDirectory(own); // fails if another run has it
                Console.note("%s has results of an earlier run: these go to %s", folder, own);
                return own;
            } catch (FileAlreadyExistsException taken) {
                removeLeftovers(own);
            }
        }
    }

    /** What a run that was shot has left in its folder, which no other run writes to. */
    private static void removeLeftovers(Path own) throws IOException {
        if (Files.isDirectory(own) && Files.isWritable(own)) {
            AtomicFile.requireWritableFolder(own);
        }
    }

    private static Path made(Path folder) throws IOException {
        AtomicFile.makeFolder(folder);
        return folder;
    }

    /** Removes what an overwritten run of this program has left beside the new results, and nothing else. */
    void removeStale() throws IOException {
        if (!overwrite || ofRun == null) {
            return;
        }
        for (String name : results()) {
            Path file = folder.resolve(name);
            if (!written.contains(name) && !NUMBERED.matcher(name).matches() && isOurs(file)) {
                Files.delete(file);
            }
        }
    }

    private static boolean isOurs(Path file) throws IOException {
        return PngFile.texts(file).getOrDefault("parameters", "").contains("Version: " + Versions.SD15);
    }
}
