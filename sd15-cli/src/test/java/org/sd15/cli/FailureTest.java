package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What is said of failures: one line with what, where and how large. */
class FailureTest {

    private static final Task DRAWING = new Task("generate", List.of());

    @TempDir
    private Path folder;

    private static String message(Throwable problem) {
        return new Failure(problem, DRAWING).message();
    }

    /** A command that fails while it reads a file. */
    @Command(name = "fail")
    private static final class Failing implements Callable<Integer> {

        private final Throwable problem;

        @Parameters
        private Path path = Path.of("");

        Failing(Throwable problem) {
            this.problem = problem;
        }

        @Override
        public Integer call() throws Exception {
            if (problem instanceof Error error) {
                throw error;
            }
            throw (Exception) problem;
        }
    }

    private Cli fail(Throwable problem, String... more) throws IOException {
        Path file = Files.write(folder.resolve("x.bin"), new byte[12_345]);
        String[] arguments = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("fail", file.toString()), java.util.stream.Stream.of(more))
                .toArray(String[]::new);
        return Cli.capture(
                () -> Sd15.commandLine().addSubcommand(new Failing(problem)).execute(arguments));
    }

    @Test
    void anErrorIsOneLineThatSaysWhatWasReadAndHowLargeItIs() throws IOException {
        for (Error error : List.of(
                new OutOfMemoryError("Java heap space"),
                new StackOverflowError(),
                new InternalError("a fault occurred in an unsafe memory access operation"),
                new NoClassDefFoundError("x"))) {
            Cli cli = fail(error);
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.err().lines()).hasSize(1);
            assertThat(cli.err()).startsWith("sd15: ").contains("in fail, which reads", "x.bin (12,345 bytes)");
        }
        assertThat(fail(new OutOfMemoryError("Java heap space")).err())
                .contains("out of memory (Java heap space)", "SD15_HEAP=4g");
        assertThat(fail(new OutOfMemoryError("Physical memory usage is too high"))
                        .err())
                .contains("out of memory (Physical memory usage is too high)")
                .doesNotContain("SD15_HEAP");
    }

    @Test
    void theStackOfAnErrorIsShownWhenAskedFor() throws IOException {
        Cli cli = fail(new OutOfMemoryError("Java heap space"), "--verbose");
        assertThat(cli.err()).contains("java.lang.OutOfMemoryError: Java heap space", "at org.sd15.");
        assertThat(cli.message()).startsWith("sd15: out of memory");
    }

    @Test
    void messagesThatExplainNothingSayWhatWasDone() throws IOException {
        for (Exception bare : List.of(
                new ArithmeticException("/ by zero"),
                new ArithmeticException("integer overflow"),
                new NumberFormatException("For input string: \"x\""),
                new MalformedInputException(1),
                new IllegalArgumentException(),
                new NullPointerException())) {
            Cli cli = fail(bare);
            assertThat(cli.err().lines()).hasSize(1);
            assertThat(cli.err()).contains("in fail, which reads", "x.bin (12,345 bytes)");
        }
        assertThat(fail(new IllegalArgumentException("--steps is 0")).err()).isEqualTo("sd15: --steps is 0\n");
    }

    /** What a library refuses is a mistake of the program that called it. */
    @Test
    void whatLibrariesRefuseIsAnErrorOfTheProgram() throws IOException {
        for (Executable mistake : List.<Executable>of(
                () -> Nd4j.ones(2, 3).mmul(Nd4j.ones(2, 3)),
                () -> Nd4j.ones(2, 3).reshape(7),
                () -> Thread.State.valueOf("GONE"),
                () -> Integer.parseInt("x"),
                () -> Math.multiplyExact(1 << 30, 4),
                () -> List.of(1, 2).subList(1, 0))) {
            Exception thrown = assertThrows(Exception.class, mistake);
            Cli cli = fail(thrown);
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.err().lines()).hasSize(1);
            assertThat(cli.err())
                    .startsWith("sd15: %s: ".formatted(thrown.getClass().getSimpleName()))
                    .contains("in fail, which reads", "x.bin (12,345 bytes)", "--verbose");
        }
    }

    @Test
    void whatTheProgramRefusesIsSaidAsItIs() {
        assertThat(message(assertThrows(IllegalArgumentException.class, () -> RunSettings.DEFAULT.steps(0))))
                .isEqualTo("0 steps, at least 1 is needed");
        assertThat(message(new UnsupportedOperationException("no BMP of 3 bits")))
                .isEqualTo("no BMP of 3 bits");
        assertThat(message(new ArithmeticException("step 1 of 2: NaN"))).isEqualTo("step 1 of 2: NaN");
        assertThat(message(assertThrows(InvalidPathException.class, () -> Path.of("a\0b"))))
                .startsWith("Nul character not allowed");
    }

    @Test
    void aPathAloneIsNoMessage() {
        assertThat(message(new NoSuchFileException("a"))).isEqualTo("a: no such file");
        assertThat(message(new AccessDeniedException("a"))).isEqualTo("a: permission denied");
        assertThat(message(new NotDirectoryException("a"))).isEqualTo("a: not a folder");
        assertThat(message(new DirectoryNotEmptyException("a"))).isEqualTo("a: the folder is not empty");
        assertThat(message(new FileAlreadyExistsException("a"))).isEqualTo("a: is there already");
        assertThat(message(new FileSystemLoopException("a"))).isEqualTo("a: links lead round in a circle");
        assertThat(message(new FileSystemException("a"))).startsWith("a: can't be read or written");
        assertThat(message(new FileSystemException("a", "b", "No space left on device")))
                .isEqualTo("a -> b: No space left on device");
        assertThat(message(new UncheckedIOException(new NoSuchFileException("a"))))
                .isEqualTo("a: no such file");
    }

    @Test
    void whatAFileSaysIsShownAndNotObeyed() throws IOException {
        Cli cli = fail(new IOException("tensor a" + (char) 27 + "[2J\nsd15: all is well" + (char) 0x202e));
        assertThat(cli.err()).isEqualTo("sd15: tensor a\\u001b[2J; sd15: all is well\\u202e\n");
        Cli verbose = fail(new IOException("a" + (char) 27 + "[2J"), "--verbose");
        assertThat(verbose.err()).doesNotContain(String.valueOf((char) 27));
    }

    @Test
    void aLineHasAnEnd() throws IOException {
        assertThat(fail(new IOException("x".repeat(100_000))).err())
                .hasSizeLessThan(3000)
                .endsWith("...\n");
    }
}
