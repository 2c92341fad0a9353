package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a later run removes of earlier ones, and what it leaves alone. */
class LeftoversTest {

    private static final String OLD_NAME = ".file.txt.01234567-89ab-cdef-0123-456789abcdef.tmp";

    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void choose() {
        target = folder.resolve("file.txt");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path make(String name, Duration age) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "half");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    @Test
    void aFileWithoutALockOnItGoesAtOnce() throws IOException {
        make(".file.txt.0123456789abcdef.tmp", Duration.ZERO);
        AtomicFile.write(target, new byte[1]);
        assertThat(names()).containsExactly("file.txt");
    }

    /** Versions that held no locks may be running still. */
    @Test
    void aFileOfAnOldVersionGoesAfterADay() throws IOException {
        make(OLD_NAME, Duration.ofHours(23));
        AtomicFile.requireWritable(target);
        assertThat(names()).containsExactly(OLD_NAME);
        make(OLD_NAME, Duration.ofHours(25));
        AtomicFile.requireWritable(target);
        assertThat(names()).isEmpty();
    }

    @Test
    void filesOfOtherTargetsAndFilesOfPeopleStay() throws IOException {
        List<String> others = List.of(
                ".file.txt.0123456789abcdef.tmp.gz",
                ".file.txt.0123456789abcdeg.tmp",
                ".file.txt.backup.tmp",
                ".other.txt.0123456789abcdef.tmp",
                "file.txt.0123456789abcdef.tmp");
        for (String name : others) {
            make(name, Duration.ofDays(100));
        }
        AtomicFile.requireWritable(target);
        assertThat(names()).containsExactlyElementsOf(others.stream().sorted().toList());
    }

    /** A later run may write fewer files, or others. */
    @Test
    void aFolderOfResultsIsRidOfAllOfThem() throws IOException {
        make(".0.png.0123456789abcdef.tmp", Duration.ZERO);
        make(".edit.html.0123456789abcdef.tmp", Duration.ZERO);
        make(".mine.tmp", Duration.ofDays(100));
        AtomicFile.requireWritableFolder(folder);
        assertThat(names()).containsExactly(".mine.tmp");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkOfThatNameIsNotFollowed() throws IOException {
        Path precious = make("precious", Duration.ofDays(100));
        Files.createSymbolicLink(folder.resolve(".file.txt.0123456789abcdef.tmp"), precious);
        AtomicFile.requireWritable(target);
        assertThat(precious).hasContent("half");
    }

    /** A folder that lost its lock, or never got it, tells nothing but its age. */
    @Test
    void aFolderWithoutALockGoesWhenNothingInItHasChangedForADay() throws IOException {
        Path old = Files.createDirectory(folder.resolve(".file.txt.0123456789abcdef.tmp"));
        Path inside = Files.writeString(old.resolve("inside"), "half");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        AtomicFile.requireWritable(target);
        assertThat(inside).exists();
        Files.setLastModifiedTime(inside, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        AtomicFile.requireWritable(target);
        assertThat(names()).isEmpty();
    }

    @Test
    void theFolderOfThisProcessStaysUntilItIsClosed() throws IOException {
        try (Aside aside = Aside.folder(target)) {
            Path inside = Files.writeString(
                    Files.createDirectories(aside.path().resolve("a/b")).resolve("c"), "half");
            AtomicFile.requireWritable(target);
            assertThat(inside).exists();
        }
        assertThat(names()).isEmpty();
    }

    /** Told to end: it removes its folder itself. Shot: the next one does, but not that of one that lives. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void theFolderOfAnotherProcessGoesWhenItsProcessDoes() throws Exception {
        Process told = start();
        told.destroy();
        assertThat(told.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(names()).isEmpty();
        Process shot = start();
        try {
            AtomicFile.requireWritable(target);
            assertThat(names()).hasSize(1);
        } finally {
            shot.destroyForcibly().waitFor();
        }
        assertThat(names()).hasSize(1);
        Aside.folder(target).close();
        assertThat(names()).isEmpty();
    }

    private Process start() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlowFolder.class.getName(),
                        target.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.getInputStream().read()).isEqualTo('.');
        return process;
    }

    /** Fills a folder aside, over and over, and never finishes. */
    static final class SlowFolder {

        private SlowFolder() {}

        public static void main(String[] arguments) throws IOException {
            Aside aside = Aside.folder(Path.of(arguments[0]));
            for (int i = 0; ; i++) {
                Path inside = Files.createDirectories(aside.path().resolve("a/" + i % 100));
                Files.writeString(inside.resolve("file"), "half");
                if (i == 10) {
                    System.out.print('.');
                    System.out.flush();
                }
            }
        }
    }
}
