package org.sd15.importer.io;

import java.nio.file.Path;

/**
 * A file is not what it has to be. The message names the file, what was found in it, what was expected and, where there
 * is something to do about it, what to do; it is meant to be shown to a user as it is. Control characters that it took
 * from the file are escaped in it.
 */
public final class ImportException extends IllegalArgumentException {

    /**
     * @param file the file or folder at fault
     * @param problem what is wrong with it, as the rest of a sentence that begins with the file's name
     */
    public ImportException(Path file, String problem) {
        super(file + ": " + VisibleText.lines(problem));
    }

    /**
     * @param file the file or folder at fault
     * @param problem what is wrong with it
     * @param cause the exception of a library
     */
    public ImportException(Path file, String problem, Throwable cause) {
        super(file + ": " + VisibleText.lines(problem), cause);
    }
}
