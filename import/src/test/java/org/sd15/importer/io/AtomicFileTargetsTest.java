package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@link AtomicFile} does with targets that are more than a plain name in a folder. */
@DisabledOnOs(OS.WINDOWS)
class AtomicFileTargetsTest {

    private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private List<String> names(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static boolean succeeds(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Test
    void aLinkIsFollowedAndItsTargetReplacedInItsOwnFolder() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path file = Files.writeString(real.resolve("file"), "old");
        Path links = Files.createDirectory(folder.resolve("links"));
        Path near = Files.createSymbolicLink(links.resolve("near"), Path.of("../real/file"));
        Path far = Files.createSymbolicLink(folder.resolve("far"), near);
        AtomicFile.write(far, channel -> {
            channel.write(StandardCharsets.UTF_8.encode("half"));
            assertThat(file).hasContent("old");
            assertThat(names(real)).hasSize(2);
            assertThat(names(links)).containsExactly("near");
        });
        assertThat(file).hasContent("half");
        assertThat(far).isSymbolicLink();
        assertThat(near).isSymbolicLink();
        assertThat(names(real)).containsExactly("file");
    }

    @Test
    void aLinkThatLeadsNowhereGetsItsFile() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("not-yet"));
        AtomicFile.requireWritable(link);
        AtomicFile.write(link, NEW);
        assertThat(link).isSymbolicLink().hasContent("new");
        assertThat(folder.resolve("not-yet")).hasContent("new");
    }

    @Test
    void linksInACircleAreRefused() throws IOException {
        Path one = Files.createSymbolicLink(folder.resolve("one"), Path.of("two"));
        Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));
        assertThatThrownBy(() -> AtomicFile.write(one, NEW)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> AtomicFile.requireWritable(one))
                .hasMessageContainingAll(one.toString(), "leads back to itself");
        assertThat(one).isSymbolicLink();
    }

    @Test
    void aPipeIsWrittenToAndStaysOne() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeThat(succeeds("mkfifo", pipe.toString())).isTrue();
        AtomicFile.requireWritable(pipe); // without waiting for a reader
        byte[] much = new byte[300_000]; // more than a pipe holds
        CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
            try (var in = Files.newInputStream(pipe)) {
                return in.readAllBytes();
            } catch (IOException problem) {
                throw new AssertionError(problem);
            }
        });
        AtomicFile.write(pipe, much);
        assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(much);
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther())
                .isTrue();
        assertThat(names(folder)).containsExactly("pipe");
    }

    /** Root alone may make devices; in a container it often is root, and what it replaces in /dev is gone for all. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceIsWrittenToAndStaysOne() throws Exception {
        Path device = folder.resolve("null");
        assumeThat(succeeds("mknod", device.toString(), "c", "1", "3") && Files.isWritable(device))
                .isTrue();
        Path link = Files.createSymbolicLink(folder.resolve("link"), device);
        AtomicFile.requireWritable(device);
        AtomicFile.write(device, NEW);
        AtomicFile.write(link, NEW);
        assertThat(Files.readAttributes(device, BasicFileAttributes.class).isOther())
                .isTrue();
        assertThat(link).isSymbolicLink();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceThatTakesNothingSaysWhy() {
        Path full = Path.of("/dev/full");
        assumeThat(full).exists();
        assertThatThrownBy(() -> AtomicFile.write(full, NEW))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("/dev/full: could not be written: .+");
    }

    /** A shell has opened the file; what it writes before and after has to stay, in order. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void standardOutputIsWrittenToBetweenWhatIsPrinted() throws Exception {
        for (String name : List.of("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")) {
            Path out = Files.writeString(folder.resolve("out"), "first ");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Printer.class.getName(),
                            name)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(out).as(name).hasContent("first before new after");
        }
        assertThat(names(folder)).containsExactly("out");
    }

    /** Prints, writes to the file that it is told of, and prints again. */
    static final class Printer {

        private Printer() {}

        public static void main(String[] arguments) throws IOException {
            System.out.print("before ");
            AtomicFile.requireWritable(Path.of(arguments[0]));
            AtomicFile.write(Path.of(arguments[0]), NEW);
            System.out.print(" after");
            System.out.flush();
        }
    }

    @Test
    void standardOutputIsKnownByItsNames() {
        assumeThat(Path.of("/dev/stdout")).exists();
        assertThat(AtomicFile.isStandardOutput(Path.of("/dev/stdout"))).isTrue();
        assertThat(AtomicFile.isStandardOutput(Path.of("/dev/fd/1"))).isTrue();
        assertThat(AtomicFile.isStandardOutput(Path.of("/dev/fd/2"))).isFalse();
        assertThat(AtomicFile.isStandardOutput(Path.of("/dev/null"))).isFalse();
        assertThat(AtomicFile.isStream(Path.of("/dev/null"))).isTrue();
        assertThat(AtomicFile.isStream(folder.resolve("new"))).isFalse();
        assertThat(AtomicFile.isStream(folder)).isFalse();
    }

    /** What was private stays private, also while it is written. */
    @Test
    void aFileThatIsReplacedKeepsItsPermissions() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        for (String permissions : List.of("rw-------", "rwxrwxrw-", "rw-r-----")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            AtomicFile.write(file, channel -> {
                Path aside = folder.resolve(names(folder).get(0));
                assertThat(PosixFilePermissions.fromString(permissions))
                        .containsAll(Files.getPosixFilePermissions(aside, LinkOption.NOFOLLOW_LINKS));
                channel.write(StandardCharsets.UTF_8.encode("new"));
            });
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(permissions);
        }
    }

    @Test
    void otherNamesOfAFileKeepItsOldContent() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        Path other = Files.createLink(folder.resolve("other"), file);
        AtomicFile.write(file, NEW);
        assertThat(file).hasContent("new");
        assertThat(other).hasContent("old");
    }

    /** A name may have 255 bytes; that of the file aside was longer from 214 on. */
    @Test
    void everyNameThatTheSystemTakesCanBeWritten() throws IOException {
        for (String name : List.of("x".repeat(214), "y".repeat(255), "\u00e9".repeat(127), "\ud83d\ude00".repeat(63))) {
            Path file = folder.resolve(name);
            assumeThat(Files.exists(Files.createFile(file))).isTrue();
            AtomicFile.requireWritable(file);
            AtomicFile.write(file, NEW);
            assertThat(file).hasContent("new");
        }
        assertThat(names(folder)).hasSize(4);
    }

    /** A disk that fills up while a file is written: on a small one of its own where root may have it. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskLeavesTheOldFileAndSaysWhatIsFree() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeThat(succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk.toString()))
                .isTrue();
        try {
            Path file = Files.writeString(disk.resolve("file"), "old");
            assertThatThrownBy(() -> AtomicFile.write(file, new byte[200_000]))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(file.toString(), "is unchanged", "bytes are free in " + disk);
            assertThat(file).hasContent("old");
            assertThat(names(disk)).containsExactly("file");
        } finally {
            succeeds("umount", disk.toString());
        }
    }
}
