package org.sd15.importer.io;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file is not what it has to be. The message names the file, what was found in it, what was expected and, where there
 * is something to do about it, what to do; it is meant to be shown to a user as it is. Control characters that it took
 * from the file are escaped in it.
 */
public final class ImportException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final String problem;
    private final @Nullable ModelChoice remedy;

    /**
     * @param file the file or folder at fault
     * @param problem what is wrong with it, as the rest of a sentence that begins with the file's name
     */
    public ImportException(Path file, String problem) {
        super(sentence(file, problem));
        this.problem = sentence(file, problem);
        this.remedy = null;
    }

    /**
     * @param file the file or folder at fault
     * @param problem what is wrong with it
     * @param cause the exception of a library
     */
    public ImportException(Path file, String problem, Throwable cause) {
        super(sentence(file, problem), cause);
        this.problem = sentence(file, problem);
        this.remedy = null;
    }

    /**
     * @param file the file or folder at fault
     * @param problem what is wrong with it
     * @param remedy what the caller can choose to make it right
     */
    public ImportException(Path file, String problem, ModelChoice remedy) {
        super(sentence(file, problem) + "; " + remedy);
        this.problem = sentence(file, problem);
        this.remedy = remedy;
    }

    private static String sentence(Path file, String problem) {
        return file + ": " + VisibleText.lines(problem);
    }

    /** The message without what to choose, for programs that say that in words of their own. */
    public String problem() {
        return problem;
    }

    /** What the caller can choose to make it right; empty where nothing helps but another file. */
    public Optional<ModelChoice> remedy() {
        return Optional.ofNullable(remedy);
    }
}
