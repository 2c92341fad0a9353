package org.sd15.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files that are read. */
final class InputFile {

    private InputFile() {}

    /**
     * Refuses what exists but is neither a file nor a folder: a pipe would be waited for without end, and no
     * device can be read from its end or mapped.
     */
    static void require(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException(
                    path + " is a pipe, a device or a socket, must be a file: save what comes out of it first");
        }
    }
}
