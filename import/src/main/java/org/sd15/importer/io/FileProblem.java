package org.sd15.importer.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a failed access to a file says to people. Java's own message is often the path and nothing else. */
public final class FileProblem {

    private FileProblem() {}

    /** The file and what is wrong with it, never the file alone. */
    public static String describe(IOException problem) {
        return problem instanceof FileSystemException located && located.getFile() != null
                ? located.getFile() + ": " + reason(problem)
                : reason(problem);
    }

    /** What is wrong, without the file. */
    static String reason(IOException problem) {
        String given = problem instanceof FileSystemException located ? located.getReason() : problem.getMessage();
        if (given != null && !given.isBlank()) {
            return given;
        }
        if (problem instanceof NoSuchFileException) {
            return "no such file or folder";
        } else if (problem instanceof AccessDeniedException) {
            return "permission denied";
        } else if (problem instanceof FileAlreadyExistsException) {
            return "is there already";
        } else if (problem instanceof NotDirectoryException) {
            return "is not a folder";
        } else if (problem instanceof DirectoryNotEmptyException) {
            return "is a folder that is not empty";
        } else if (problem instanceof FileSystemLoopException) {
            return "is a link that leads back to itself";
        }
        return problem.getClass().getSimpleName();
    }
}
