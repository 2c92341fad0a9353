package org.sd15.spark.executor;

import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkFiles;
import org.sd15.shapes.EmbeddedModel;

/**
 * Where an executor finds a model.
 *
 * @param text {@code embedded}, {@code files:NAME} for what {@code SparkContext.addFile} or {@code addArchive} sent, or a
 *     path on a file system that all executors see, also as a URI {@code file:/...}
 */
public record ModelLocation(String text) implements Serializable {

    /** The small model that is part of the project. */
    public static final String EMBEDDED = "embedded";

    private static final String FILES = "files:";
    private static final String FILE_URI = "file:";

    /** Checks that it can be a path of the executors. */
    public ModelLocation {
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    "the location of the model is empty; give a path, files:NAME or embedded");
        }
        if (text.matches("[A-Za-z][A-Za-z0-9+.-]+://.*") && !text.startsWith(FILE_URI)) {
            throw new IllegalArgumentException(
                    "the model is at %s, but weights are mapped, so they have to be in files of the executors: send them with SparkContext.addFile or addArchive and give files:NAME, or give a path of a shared file system"
                            .formatted(text));
        }
    }

    /** Whether only executors have it, at a place of their own. */
    public boolean isSent() {
        return text.startsWith(FILES);
    }

    /**
     * The folder or file in this process.
     *
     * @throws IOException if it is not there
     */
    public Path path() throws IOException {
        if (text.equals(EMBEDDED)) {
            return EmbeddedModel.folder();
        }
        Path path = isSent()
                ? Path.of(SparkFiles.get(text.substring(FILES.length())))
                : text.startsWith(FILE_URI) ? Path.of(URI.create(text)) : Path.of(text);
        if (!Files.exists(path)) {
            throw new IOException(
                    "%s: there is no such model on this executor%s; put it on a file system that all executors see, or send it with SparkContext.addFile and give files:NAME"
                            .formatted(text, isSent() ? " (looked for at " + path + ")" : ""));
        }
        return path;
    }

    @Override
    public String toString() {
        return text;
    }
}
