package org.sd15.importer.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;

/** What a failed access to a file says to people. Java's own message is often the path and nothing else. */
public final class FileProblem {

    private FileProblem() {}

    /** The file, or both files of a move, and what is wrong with it, never the file alone. */
    public static String describe(IOException problem) {
        if (!(problem instanceof FileSystemException located) || located.getFile() == null) {
            return reason(problem);
        }
        String other = located.getOtherFile() == null ? "" : " -> " + located.getOtherFile();
        return located.getFile() + other + ": " + reason(problem);
    }

    /** What is wrong, without the file. */
    static String reason(IOException problem) {
        String given = problem instanceof FileSystemException located ? located.getReason() : problem.getMessage();
        if (given != null && !given.isBlank()) {
            return given;
        }
        if (problem instanceof NoSuchFileException) {
            return "no such file";
        } else if (problem instanceof AccessDeniedException) {
            return "permission denied";
        } else if (problem instanceof FileAlreadyExistsException) {
            return "is there already";
        } else if (problem instanceof NotDirectoryException) {
            return "not a folder";
        } else if (problem instanceof DirectoryNotEmptyException) {
            return "the folder is not empty";
        } else if (problem instanceof FileSystemLoopException) {
            return "links lead round in a circle";
        } else if (problem instanceof NotLinkException) {
            return "not a link";
        }
        return "can't be read or written (%s)".formatted(problem.getClass().getSimpleName());
    }
}
