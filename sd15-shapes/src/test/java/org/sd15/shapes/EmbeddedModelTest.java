package org.sd15.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded model, which a jar unpacks by a list of names. */
class EmbeddedModelTest {

    @TempDir
    private Path unpacked;

    @Test
    void allOfItIsUnpackedButItsCard() throws IOException {
        EmbeddedModel.unpack(unpacked);
        List<Path> all = files(EmbeddedModel.folder());
        assertThat(files(unpacked)).isEqualTo(all);
        for (Path file : all) {
            assertThat(unpacked.resolve(file))
                    .hasSameBinaryContentAs(EmbeddedModel.folder().resolve(file));
        }
    }

    /** As the launcher runs it: from a jar, where its files can't be mapped. */
    @Test
    void aProcessUnpacksItOnceAndLeavesNothingBehind() throws Exception {
        Path jar = unpacked.resolve("model.jar");
        Path classes = Path.of(EmbeddedModel.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path tests = Path.of(EmbeddedModelTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.setLevel(Deflater.NO_COMPRESSION);
            add(out, classes, classes.resolve("shapes"));
            add(out, classes, classes.resolve("org/sd15/shapes/EmbeddedModel.class"));
            add(out, classes, classes.resolve("org/sd15/shapes/EmbeddedModel$Unpacked.class"));
            add(out, classes, classes.resolve("org/sd15/shapes/TemporaryTree.class"));
            add(out, tests, tests.resolve("org/sd15/shapes/EmbeddedModelTest$Unpacking.class"));
        }
        Path temporary = Files.createDirectory(unpacked.resolve("tmp"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        jar.toString(),
                        Unpacking.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(printed.strip()).startsWith(temporary.toString()).endsWith("true");
        assertThat(temporary).isEmptyDirectory();
    }

    /** Of a process that was killed; another's that still runs stays, and so does what is young. */
    @Test
    void whatAKilledProcessLeftIsRemovedByALaterOne() throws IOException {
        Path left = Files.createDirectories(unpacked.resolve("sd15-shapes1/files/unet"));
        Files.writeString(left.resolve("config.json"), "{}");
        Files.writeString(unpacked.resolve("sd15-shapes1/in-use"), "");
        Path young = Files.createDirectory(unpacked.resolve("sd15-shapes2"));
        Path running = Files.createDirectory(unpacked.resolve("sd15-shapes3"));
        Path other = Files.createDirectory(unpacked.resolve("other"));
        Path link = Files.createSymbolicLink(unpacked.resolve("sd15-shapes4"), other);
        try (FileChannel lock =
                FileChannel.open(running.resolve("in-use"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            assertThat(lock.tryLock()).isNotNull();
            FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofDays(2)));
            for (Path old : List.of(unpacked.resolve("sd15-shapes1"), running, other)) {
                Files.setLastModifiedTime(old, longAgo);
            }
            TemporaryTree.removeLeft(unpacked, "sd15-shapes");
        }
        assertThat(unpacked.resolve("sd15-shapes1")).doesNotExist();
        assertThat(List.of(young, running, other, link)).allMatch(Files::isDirectory);
    }

    /** Unpacks the model and ends. */
    static final class Unpacking {

        private Unpacking() {}

        public static void main(String[] arguments) throws IOException {
            Path folder = EmbeddedModel.folder();
            boolean there = Files.isRegularFile(folder.resolve("unet/config.json"));
            System.out.println(folder + " " + (there && folder.equals(EmbeddedModel.folder())));
        }
    }

    private static void add(JarOutputStream jar, Path root, Path from) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new ZipEntry(root.relativize(file)
                        .toString()
                        .replace(file.getFileSystem().getSeparator(), "/")));
                Files.copy(file, jar);
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .filter(file -> !file.endsWith("README.md"))
                    .sorted()
                    .toList();
        }
    }
}
