package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What can't be written is known before anything is computed for it. */
class WriteProbeTest {

    @TempDir
    private Path folder;

    private void assertNothingIsThere() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    private static void assertRefused(Path target, String... reasons) {
        assertThatThrownBy(() -> AtomicFile.requireWritable(target))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContainingAll(reasons)
                .hasMessageMatching("(?s).+: .{10,}");
    }

    @Test
    void leavesNothingBehind() throws IOException {
        assertThatCode(() -> AtomicFile.requireWritable(folder.resolve("new.txt")))
                .doesNotThrowAnyException();
        assertThatCode(() -> AtomicFile.requireWritable(folder.resolve("new/folder/in/folder.txt")))
                .doesNotThrowAnyException();
        assertThatCode(() -> AtomicFile.requireWritableFolder(folder)).doesNotThrowAnyException();
        assertThatCode(() -> AtomicFile.requireWritableFolder(folder.resolve("new/folder")))
                .doesNotThrowAnyException();
        assertNothingIsThere();
    }

    @Test
    void anOldFileStaysAsItIs() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        FileTime before = Files.getLastModifiedTime(file);
        AtomicFile.requireWritable(file);
        assertThat(file).hasContent("old");
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
    }

    @Test
    void aFolderInTheFilesPlaceIsRefused() {
        assertRefused(folder, "is a folder");
    }

    @Test
    void aFileInAFoldersPlaceIsRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertRefused(file.resolve("x/y.txt"), file + " is a file, no folder");
        assertThatThrownBy(() -> AtomicFile.requireWritableFolder(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is a file, no folder");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFolderThatIsALinkToNowhereIsRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
        assertRefused(link.resolve("x.txt"), link + " is a link that leads nowhere");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aNameThatIsTooLongIsRefusedWhereverItIs() throws IOException {
        String tooLong = "x".repeat(256);
        assertRefused(folder.resolve(tooLong), "too long");
        assertRefused(folder.resolve("a").resolve(tooLong).resolve("b.txt"), "too long");
        assertRefused(folder.resolve("\u00e9".repeat(128)), "too long"); // two bytes each
        assertNothingIsThere();
    }

    @Test
    void anEmptyNameIsRefused() {
        assertRefused(Path.of(""), "is not the name of a file");
        assertThatThrownBy(() -> AtomicFile.requireWritableFolder(Path.of("")))
                .hasMessageContaining("is not the name of a file or folder");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFolderThatTakesNoFilesIsRefused() throws IOException {
        Path closed = Files.createDirectory(
                folder.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        if (Files.isWritable(closed)) { // root may do everything, but not everywhere
            closed = Path.of("/proc");
            assumeThat(closed).exists();
        }
        assertRefused(closed.resolve("x.txt"), "can't be written");
        assertRefused(closed.resolve("new/x.txt"), "can't be written");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFileThatIsReadOnlyIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assumeThat(Files.isWritable(file)).as("root may write to it").isFalse();
        assertRefused(file, "permission denied");
    }

    @Test
    void aProblemIsNeverOnlyAPath() {
        for (FileSystemException problem : List.of(
                new NoSuchFileException("a/b"),
                new AccessDeniedException("a/b"),
                new FileAlreadyExistsException("a/b"),
                new NotDirectoryException("a/b"),
                new FileSystemException("a/b"))) {
            assertThat(FileProblem.describe(problem)).startsWith("a/b: ").hasSizeGreaterThan("a/b: x".length());
        }
        assertThat(FileProblem.describe(new FileSystemException("a/b", null, "No space left")))
                .isEqualTo("a/b: No space left");
        assertThat(FileProblem.describe(new IOException("a message"))).isEqualTo("a message");
    }
}
