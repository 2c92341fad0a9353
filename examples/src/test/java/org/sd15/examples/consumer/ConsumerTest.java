package org.sd15.examples.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.examples.consumer.GradleLines.Dependency;

/**
 * The project in {@code examples/consumer}, built by Maven against the artifacts as they are installed in a repository of
 * its own, and run: two dependencies and the BOM are all that it has.
 */
@DisabledOnOs(OS.WINDOWS)
class ConsumerTest {

    private static final Path ROOT = Path.of(System.getProperty("sd15.root"));
    private static final String NATIVES_OF_ONEDNN = "dnnl-[0-9.]+-[0-9.]+-.*\\.jar";

    /** What it prints on any execution. The last two come after checks of numbers, which end the program if they fail. */
    private static final List<String> RESULTS = List.of(
            "layer: learns\n",
            "unet: [2, 4, 16, 16]\n",
            "training: learns\n",
            "lora: written\n",
            "method: acts as it should\n",
            "scheduler: steps as it should\n");

    @TempDir
    static Path folder;

    private static List<String> classPath = List.of();

    private record Ended(int code, String output) {}

    @BeforeAll
    static void build() throws Exception {
        Path project = ROOT.resolve("examples/consumer");
        try (var files = Files.walk(project)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve("consumer")
                        .resolve(project.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        Artifacts.install(folder.resolve("repository"));
        // What the build has downloaded serves behind the repository of its own; nothing is written to it.
        Ended maven = run(
                ROOT.resolve("mvnw").toString(),
                "-B",
                "-f",
                folder.resolve("consumer/pom.xml").toString(),
                "-Dmaven.repo.local=" + folder.resolve("repository"),
                "-Dmaven.repo.local.tail=" + System.getProperty("sd15.localRepository"),
                "compile");
        assertThat(maven.code()).as(maven.output()).isZero();
        classPath = new ArrayList<>(List.of(Files.readString(folder.resolve("consumer/target/classpath"))
                .strip()
                .split(File.pathSeparator)));
        classPath.add(folder.resolve("consumer/target/classes").toString());
    }

    private static Ended run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("MAVEN_BASEDIR", "MAVEN_PROJECTBASEDIR"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static Ended consumer(Predicate<String> kept, List<String> more) throws IOException, InterruptedException {
        List<String> entries = new ArrayList<>(classPath.stream()
                .filter(entry -> kept.test(Path.of(entry).getFileName().toString()))
                .toList());
        entries.addAll(more);
        return run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx1g",
                "-cp",
                String.join(File.pathSeparator, entries),
                "com.example.Consumer");
    }

    /** The logger that this module's tests have. */
    private static List<String> logback() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().startsWith("logback-"))
                .toList();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void twoDependenciesAndTheBomGetTheFusedExecution() throws Exception {
        Ended ended = consumer(jar -> true, List.of());
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output())
                .contains("execution: fused\n")
                .contains(RESULTS)
                .doesNotContain("not fused");
    }

    @Test
    void withoutItsNativesTheReasonIsSaidAndTheNativeOneComputes() throws Exception {
        Ended ended = consumer(jar -> !jar.matches(NATIVES_OF_ONEDNN), logback());
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("execution: native\n").contains(RESULTS);
        assertThat(ended.output().lines().filter(line -> line.contains("the fused execution is not used")))
                .hasSize(1)
                .allMatch(line -> line.contains(" WARN ") && line.contains("org.bytedeco:dnnl:3."));
    }

    private static List<String> jars() {
        return classPath.stream()
                .map(entry -> Path.of(entry).getFileName().toString())
                .toList();
    }

    /** Of the natives, the README names for Gradle those that Maven finds, but for the second build of ND4J's. */
    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void theLinesForGradleAreWhatMavenFinds() throws Exception {
        List<Dependency> lines = GradleLines.read().dependencies();
        assertThat(lines.get(0))
                .isEqualTo(
                        new Dependency("implementation", true, List.of("org.sd15", "sd15-bom", Artifacts.version())));
        assertThat(lines).filteredOn(Dependency::platform).hasSize(1);
        assertThat(lines.stream().filter(line -> line.coordinates().size() == 2))
                .extracting(Dependency::artifact)
                .containsExactly("sd15-pipeline", "sd15-native");
        assertThat(jars())
                .contains(
                        "sd15-pipeline-%s.jar".formatted(Artifacts.version()),
                        "sd15-native-%s.pom".formatted(Artifacts.version()));
        assertThat(lines.stream().filter(line -> line.classifier() != null).map(Dependency::jar))
                .containsExactlyInAnyOrderElementsOf(jars().stream()
                        .filter(jar -> jar.contains("linux-x86_64"))
                        .filter(jar -> !jar.matches("nd4j-native-(preset-)?1[0-9A-Z.-]*-linux-x86_64\\.jar"))
                        .toList());
    }

    @Test
    void theBomPutsOneReleaseOfEachInPlace() {
        assertThat(jars().stream()
                        .filter(jar -> jar.matches("(javacpp|gson|commons-io|commons-net)-.*"))
                        .map(jar -> jar.replaceFirst("^([a-z-]+-[0-9.]+[0-9]).*", "$1"))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("javacpp-1.5.13", "gson-2.13.1", "commons-io-2.20.0", "commons-net-3.11.1");
    }
}
