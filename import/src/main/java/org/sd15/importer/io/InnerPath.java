package org.sd15.importer.io;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Files that a list names by their place in a folder, such as the pictures of a data set. The list must not
 * reach files outside of it.
 */
public final class InnerPath {

    private InnerPath() {}

    /**
     * The file of a name. Only the name is looked at, so it does not matter how the folder itself was given: {@code .}
     * and {@code ..} are folders like any other. Links inside the folder are followed, as its owner put them there.
     *
     * @param name relative to the folder, or absolute and inside of it
     * @return nothing if the name leads out of the folder or is no name of a file
     */
    public static Optional<Path> of(Path folder, String name) {
        Path inner;
        try {
            inner = folder.getFileSystem().getPath(name).normalize();
        } catch (InvalidPathException noName) {
            return Optional.empty();
        }
        if (inner.isAbsolute()) {
            Path whole = folder.toAbsolutePath().normalize();
            return inner.startsWith(whole) ? of(folder, whole.relativize(inner).toString()) : Optional.empty();
        }
        return inner.getRoot() != null || inner.startsWith("..")
                ? Optional.empty()
                : Optional.of(folder.resolve(inner));
    }
}
