package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Commands of a program that was built for CUDA, on a machine where that can't run: here because its natives are not there,
 * which holds on any machine. ND4J is not touched, or there would be its stack traces.
 */
class CudaCommandsTest {

    private static final String BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";

    @TempDir
    private Path folder;

    @BeforeEach
    void putTheBackendOnTheClassPath() throws IOException {
        Files.createDirectories(folder.resolve(BACKEND).getParent());
        Files.createFile(folder.resolve(BACKEND));
    }

    private Cli run(String... arguments) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                folder + System.getProperty("path.separator") + classPath,
                Sd15.class.getName()));
        command.addAll(List.of(arguments));
        Path err = folder.resolve("err");
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Cli(process.waitFor(), out, Files.readString(err));
    }

    @ParameterizedTest
    @ValueSource(strings = {"edit", "generate --prompt x", "train lora --data . --output x", "bench text", "inspect ."})
    void everyCommandSaysInOneLineWhatIsMissingAndWhatToDo(String command) throws Exception {
        Cli cli = run(command.split(" "));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).hasSize(1);
        assertThat(cli.err())
                .startsWith("sd15: the CUDA backend can't run here: nd4j-cuda-11.6 with the classifier ")
                .contains("SD15_BACKEND=cpu");
    }

    @Test
    void doctorSaysWhatWasLookedForAndWhichCardsWouldDo() throws Exception {
        Cli cli = run("doctor");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err().lines()).hasSize(1);
        assertThat(cli.err()).contains("SD15_BACKEND=cpu");
        assertThat(cli.out())
                .contains("ND4J's library       not on the class path: org/nd4j/linalg/jcublas/bindings/")
                .contains("cards that can run   3.7 (Tesla K80)", "cards that can't     3.5 and older", "java ");
    }

    @Test
    void helpIsGivenAllTheSame() throws Exception {
        Cli cli = run("generate", "--help");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("--prompt");
    }
}
