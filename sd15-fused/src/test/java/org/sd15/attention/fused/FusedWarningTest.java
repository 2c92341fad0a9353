package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** An application that has this library, but not the natives of oneDNN: it is told once, and computes natively. */
class FusedWarningTest {

    /** Such an application. */
    private static final class Application {

        public static void main(String[] arguments) {
            System.out.println(FusedExecution.orNative().name());
            System.out.println(FusedExecution.orNative().name());
            System.out.println(FusedExecution.problem().isPresent());
            Runtime.getRuntime().halt(0);
        }
    }

    private static String output(boolean natives) throws Exception {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String classPath = Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> natives
                        || !Path.of(entry).getFileName().toString().matches("(dnnl|opencl)-[0-9.]+-[0-9.]+-.*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.bytedeco.javacpp.platform.extension="
                                + System.getProperty("org.bytedeco.javacpp.platform.extension", ""),
                        "-cp",
                        classPath,
                        Application.class.getName())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsMissingIsSaidOnce() throws Exception {
        String output = output(false);
        assertThat(output).contains("native\nnative\ntrue\n");
        assertThat(output.lines().filter(line -> line.contains("the fused execution is not used")))
                .hasSize(1)
                .allMatch(line -> line.startsWith("WARN")
                        && line.contains("org.bytedeco:dnnl:3.")
                        && line.contains("org.bytedeco:opencl:3.")
                        && line.contains("with the classifier")
                        && !line.contains("org.bytedeco:javacpp:"));
    }

    @Test
    void whereNothingIsMissingNothingIsSaid() throws Exception {
        assertThat(output(true)).contains("fused\nfused\nfalse\n").doesNotContain("the fused execution is not used");
    }
}
