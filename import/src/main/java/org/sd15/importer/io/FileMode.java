package org.sd15.importer.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Whose a file is and who may do what with it, for the file that takes its place. A new file gets what the process gives
 * all its files (umask); so does every file where the system does not know of POSIX permissions.
 *
 * @param before of the file that is replaced, or null
 */
record FileMode(@Nullable PosixFileAttributes before) {

    /** That of a file, if there is one. */
    static FileMode of(Path file) throws IOException {
        boolean known = Files.exists(file)
                && file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return new FileMode(known ? Files.readAttributes(file, PosixFileAttributes.class) : null);
    }

    /** From the first byte on, no user may read the new file who could not read the old one. */
    FileAttribute<?>[] forCreation() {
        return before == null
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(before.permissions())};
    }

    /** Gives it to the new file. */
    void applyTo(Path file) throws IOException {
        if (before == null) {
            return;
        }
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        PosixFileAttributes now = view.readAttributes();
        try {
            if (!now.group().equals(before.group())) {
                view.setGroup(before.group());
            }
            if (!now.owner().equals(before.owner())) {
                view.setOwner(before.owner());
            }
            if (!now.permissions().equals(before.permissions())) {
                view.setPermissions(before.permissions()); // what the process's umask left out
            }
        } catch (IOException notAllowed) {
            return; // of another user, and this one is not root; no user may do more than before
        }
    }
}
