package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void choose() {
        target = folder.resolve("file.txt");
    }

    private static void put(WritableByteChannel channel, String text) throws IOException {
        channel.write(StandardCharsets.UTF_8.encode(text));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void createsAndReplacesAFile() throws IOException {
        AtomicFile.write(target, channel -> put(channel, "old"));
        assertThat(target).hasContent("old");
        AtomicFile.write(target, channel -> put(channel, "new"));
        assertThat(target).hasContent("new");
        assertThat(names()).containsExactly("file.txt");
    }

    @Test
    void copiesAFileOverAnother() throws IOException {
        byte[] content = new byte[3_000_000]; // more than one transfer's buffer
        new Random(1).nextBytes(content);
        Path source = Files.write(folder.resolve("source"), content);
        Files.writeString(target, "old");
        AtomicFile.copy(source, target);
        assertThat(target).hasBinaryContent(content);
        assertThatThrownBy(() -> AtomicFile.copy(folder.resolve("nowhere"), target))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(target).hasBinaryContent(content);
        assertThat(names()).containsExactlyInAnyOrder("file.txt", "source");
    }

    @Test
    void showsTheOldContentUntilTheNewIsComplete() throws IOException {
        Files.writeString(target, "old");
        AtomicFile.write(target, channel -> {
            put(channel, "half");
            assertThat(target).hasContent("old");
        });
    }

    @Test
    void leavesTheOldFileAndNothingElseWhenTheContentFails() throws IOException {
        Files.writeString(target, "old");
        assertThatThrownBy(() -> AtomicFile.write(target, channel -> {
                    put(channel, "half");
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(target.toString(), "No space left on device", "unchanged", "bytes are free");
        assertThat(target).hasContent("old");
        assertThat(names()).containsExactly("file.txt");
    }

    @Test
    void leavesNothingWhenABugInterruptsANewFile() throws IOException {
        assertThatThrownBy(() -> AtomicFile.write(target, channel -> {
                    put(channel, "half");
                    throw new IllegalStateException("bug");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(names()).isEmpty();
    }

    @Test
    void saysThatTheFolderIsMissing() {
        Path lost = folder.resolve("no/such/file.txt");
        assertThatThrownBy(() -> AtomicFile.write(lost, channel -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("file.txt", "no/such does not exist");
    }

    @Test
    void doesNotTakeAFoldersPlace() {
        assertThatThrownBy(() -> AtomicFile.write(folder, channel -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(folder.toString(), "is a folder");
    }

    /** Temporary files are private by default; what others may read before they may read after. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void givesTheFileUsualPermissions() throws IOException {
        AtomicFile.write(target, channel -> {});
        Path usual = Files.createFile(folder.resolve("usual"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo(PosixFilePermissions.toString(Files.getPosixFilePermissions(usual)));
    }

    /** Another process is told to end while it writes: its old file stays, the file aside goes. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void cleansUpWhenTheProcessIsToldToEnd() throws Exception {
        Files.writeString(target, "old");
        Process process = startWriter();
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(target).hasContent("old");
        assertThat(names()).containsExactly("file.txt");
    }

    /** A process that is shot can't clean up, but the old file stays as it was. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void leavesTheOldFileWhenTheProcessIsShot() throws Exception {
        Files.writeString(target, "old");
        Process process = startWriter();
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(target).hasContent("old");
        assertThat(names()).hasSize(2).anyMatch(name -> name.matches("\\.file\\.txt\\..*\\.tmp"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void removesWhatAShotProcessLeftAndNothingOfALivingOne() throws Exception {
        Process shot = startWriter();
        Process living = startWriter();
        shot.destroyForcibly();
        assertThat(shot.waitFor(30, TimeUnit.SECONDS)).isTrue();
        try {
            assertThat(names()).hasSize(2);
            AtomicFile.write(target, channel -> put(channel, "new"));
            assertThat(names()).hasSize(2).contains("file.txt");
        } finally {
            living.destroyForcibly().waitFor();
        }
        AtomicFile.requireWritable(target);
        assertThat(names()).containsExactly("file.txt");
    }

    /** Starts a process that is in the middle of writing when this returns. */
    private Process startWriter() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlowWriter.class.getName(),
                        target.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        InputStream said = process.getInputStream();
        assertThat(said.read()).isEqualTo('.');
        return process;
    }

    /** Writes a little, says so, and never finishes. */
    static final class SlowWriter {

        private SlowWriter() {}

        public static void main(String[] arguments) throws IOException {
            AtomicFile.write(Path.of(arguments[0]), channel -> {
                channel.write(ByteBuffer.allocate(1 << 16));
                System.out.print('.');
                System.out.flush();
                try {
                    TimeUnit.MINUTES.sleep(1);
                } catch (InterruptedException early) {
                    throw new IOException(early);
                }
            });
        }
    }
}
