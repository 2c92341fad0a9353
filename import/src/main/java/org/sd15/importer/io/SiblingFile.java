package org.sd15.importer.io;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;

/** Files that another file names. A name from a file is held to be a plain name and nothing else. */
public final class SiblingFile {

    /** Characters of a name; the common file systems allow 255 bytes. */
    public static final int LONGEST_NAME = 255;

    private SiblingFile() {}

    /**
     * Whether a text is the plain name of a file or folder, on any system: no folder before it or above it, no drive, no
     * control characters, not hidden.
     */
    public static boolean isPlainName(String name) {
        if (name.isBlank()
                || name.length() > LONGEST_NAME
                || name.startsWith(".")
                || name.chars().anyMatch(SiblingFile::separatesOrControls)) {
            return false;
        }
        try {
            Path path = Path.of(name);
            return path.getNameCount() == 1 && name.equals(String.valueOf(path.getFileName()));
        } catch (InvalidPathException impossible) {
            return false;
        }
    }

    private static boolean separatesOrControls(int character) {
        return character == '/' || character == '\\' || character == ':' || Character.isISOControl(character);
    }

    /**
     * The file of that name beside another. It may be a link to anywhere: a cache of downloads consists of links.
     *
     * @param name a plain name
     * @throws IllegalArgumentException if it is none
     */
    public static Path of(Path file, String name) {
        Path sibling = file.resolveSibling(name);
        if (!isPlainName(name) || !Objects.equals(sibling.getParent(), file.getParent())) {
            throw new IllegalArgumentException("\"%s\" is not the plain name of a file".formatted(Shown.of(name)));
        }
        return sibling;
    }
}
