package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {

    @TempDir
    private Path folder;

    /** A process that has a folder until its input ends. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (FolderLock lock = FolderLock.acquire(Path.of(arguments[0]))) {
                System.out.println("has it");
                System.in.read();
            }
        }
    }

    private Process holder() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(List.of(
                        java, "-XX:TieredStopAtLevel=1", "-cp", classPath, Holder.class.getName(), folder.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("has it");
        return process;
    }

    @Test
    void aFolderOfAnotherProcessIsRefusedUntilThatIsShot() throws Exception {
        Process process = holder();
        try {
            Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
            for (Path path : List.of(folder, link, folder.resolve("link/../.").normalize())) {
                assertThatThrownBy(() -> FolderLock.acquire(path))
                        .isInstanceOf(IOException.class)
                        .hasMessageContainingAll(
                                path + ": is in use by process " + process.pid() + ", which runs since 20",
                                Holder.class.getName(),
                                "wait for it, stop it, or write elsewhere");
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(folder.resolve(FolderLock.FILE)).isNotEmptyFile(); // left over
        FolderLock.acquire(folder).close();
    }

    /** The system's locks are those of a process, and opening the file again would lose them. */
    @Test
    void aFolderOfThisProcessIsRefusedToItAndToOthersUntilItIsGivenBack() throws Exception {
        try (FolderLock lock = FolderLock.acquire(folder)) {
            Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
            for (Path path : List.of(folder, link)) {
                assertThatThrownBy(() -> FolderLock.acquire(path))
                        .hasMessageContaining("is in use by process "
                                + ProcessHandle.current().pid());
            }
            assertThatThrownBy(this::holder).isInstanceOf(AssertionError.class);
        }
        FolderLock.acquire(folder).close();
    }

    @Test
    void whatTheFileSaysIsShownOnOneLine() throws Exception {
        Process process = holder();
        try {
            Files.writeString(folder.resolve(FolderLock.FILE), "process 1\n\u001b[2Jall is well");
            assertThatThrownBy(() -> FolderLock.acquire(folder)).message().doesNotContain("\n", "\u001b");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
