package org.sd15.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher {@code sd15}, in a tree of its own, with a {@code java} and a {@code mvnw} that only tell what they
 * are told.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

    /** Tells its arguments, the locale and whether each entry of its class path is there. */
    private static final String JAVA = """
        #!/bin/sh
        case "$*" in *ArchiveClassesAtExit*) exit 0 ;; esac
        echo "java $*"
        echo "LC_ALL=${LC_ALL-none} LC_CTYPE=${LC_CTYPE-none} LANG=${LANG-none}"
        while [ $# -gt 0 ]; do
            if [ "$1" = -cp ]; then
                IFS=:
                for entry in $2; do
                    [ -e "${entry%/\\*}" ] && echo "entry there" || echo "entry $entry missing"
                done
            fi
            shift
        done
        """;

    /** A machine where two locales of UTF-8 are installed. */
    private static final String LOCALE = """
        #!/bin/sh
        case "$1 ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in
            -a*) printf 'C\\nC.utf8\\nde_DE.utf8\\n' ;;
            "charmap C.UTF-8" | "charmap de_DE.UTF-8") echo UTF-8 ;;
            *) echo ANSI_X3.4-1968 ;;
        esac
        """;

    /** Builds by copying what lies ready; fails, or is cut off in the middle, when told to. */
    private static final String MVNW = """
        #!/bin/sh
        echo built >>"$BUILDS"
        mkdir -p examples/target/lib
        [ ! -f examples/fail ] || { head -c 40 "$READY" >examples/target/sd15-examples.jar; exit 1; }
        [ ! -f examples/slow ] || sleep 0.3
        cp "$READY" examples/target/sd15-examples.jar
        """;

    private record Run(int exit, String out, String err) {}

    @TempDir
    private Path folder;

    private Path root = Path.of("");

    @BeforeEach
    void makeATree() throws IOException {
        script(folder.resolve("jdk/bin/java"), JAVA);
        script(folder.resolve("bin/locale"), LOCALE);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(folder.resolve("ready.jar")))) {
            jar.putNextEntry(new ZipEntry("a"));
        }
        root = tree("tree");
    }

    private Path tree(String name) throws IOException {
        Path tree = folder.resolve(name);
        Path project = Path.of(System.getProperty("sd15.root"));
        Files.createDirectories(tree.resolve("examples/src/main"));
        Files.createDirectories(tree.resolve("examples/target/lib"));
        script(tree.resolve("sd15"), Files.readString(project.resolve("sd15")));
        script(tree.resolve("mvnw"), MVNW);
        Files.copy(project.resolve("examples/jvm.options"), tree.resolve("examples/jvm.options"));
        Path pom = Files.writeString(tree.resolve("pom.xml"), "<project/>");
        Files.setLastModifiedTime(pom, FileTime.fromMillis(0));
        Files.copy(folder.resolve("ready.jar"), jar(tree));
        Files.createFile(tree.resolve("examples/target/launcher.stamp"));
        return tree;
    }

    private static Path jar(Path tree) {
        return tree.resolve("examples/target/sd15-examples.jar");
    }

    private static void script(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private ProcessBuilder launcher(Map<String, String> environment, String... command) {
        ProcessBuilder process = new ProcessBuilder(command).directory(folder.toFile());
        process.environment().clear();
        process.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        process.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        process.environment().put("READY", folder.resolve("ready.jar").toString());
        process.environment().put("BUILDS", folder.resolve("builds").toString());
        process.environment().putAll(environment);
        return process;
    }

    private static Run ended(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out, err);
    }

    private Run run(Map<String, String> environment, String... command) throws Exception {
        return ended(launcher(environment, command).start());
    }

    private Run run() throws Exception {
        return run(Map.of(), root.resolve("sd15").toString(), "doctor");
    }

    private List<String> builds() throws IOException {
        Path builds = folder.resolve("builds");
        return Files.exists(builds) ? Files.readAllLines(builds) : List.of();
    }

    private static Map<String, String> locale(String setting) {
        Map<String, String> environment = new HashMap<>();
        Arrays.stream(setting.split(" "))
                .filter(one -> !one.isEmpty())
                .forEach(one -> environment.put(one.split("=")[0], one.split("=")[1]));
        return environment;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "LANG=C",
                "LC_ALL=C",
                "LC_ALL=POSIX",
                "LC_ALL=xx_YY.UTF-8",
                "LC_ALL=C LANG=de_DE.UTF-8",
                "LC_CTYPE=C"
            })
    void whereNoLocaleOfUtf8IsInEffectOneIsSet(String setting) throws Exception {
        Run run = run(locale(setting), root.resolve("sd15").toString(), "doctor");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("LC_ALL=C.UTF-8 ");
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LANG=de_DE.UTF-8", "LC_CTYPE=de_DE.UTF-8 LANG=C", "LC_CTYPE=C.UTF-8"})
    void aLocaleOfUtf8StaysAsItIs(String setting) throws Exception {
        Run run = run(locale(setting), root.resolve("sd15").toString(), "doctor");
        assertThat(run.out()).contains("LC_ALL=none ");
        locale(setting).forEach((name, value) -> assertThat(run.out()).contains(name + "=" + value));
    }

    @Test
    void withoutTheCommandLocaleTheVariablesAreTrusted() throws Exception {
        script(folder.resolve("bin/locale"), "#!/bin/sh\nexit 127\n");
        String launcher = root.resolve("sd15").toString();
        assertThat(run(locale("LANG=fr_FR.utf8"), launcher).out()).contains("LC_ALL=none ");
        assertThat(run(Map.of(), launcher).out()).contains("LC_ALL=C.UTF-8 ");
    }

    @Test
    void itIsFoundThroughLinks() throws Exception {
        Files.createSymbolicLink(folder.resolve("far"), root.resolve("sd15"));
        Files.createSymbolicLink(folder.resolve("bin/sd15"), Path.of("../far"));
        Run run = run(Map.of(), "sh", "-c", "sd15 generate --prompt 'a b'");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("org.sd15.examples.cli.Sd15 generate --prompt a b", "entry there\nentry there\n")
                .doesNotContain("missing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void itsFolderMayHaveColonsAndSpaces() throws Exception {
        root = tree("a:b c/d");
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("entry there\nentry there\n")
                .doesNotContain("missing", "a:b c/d/examples/target");
        assertThat(builds()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFolderWithAColonIsBuiltElsewhere() throws Exception {
        root = tree("a:b c");
        Files.delete(jar(root));
        script(root.resolve("mvnw"), "#!/bin/sh\ncase $PWD in *:*) exit 1 ;; esac\n" + MVNW);
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("entry there\nentry there\n").doesNotContain("missing");
        assertThat(run().err()).isEmpty();
    }

    @Test
    void whatIsThereAndWholeIsNotBuiltAgain() throws Exception {
        assertThat(run().err()).isEmpty();
        assertThat(builds()).isEmpty();
    }

    @Test
    void aJarThatWasCutOffIsBuiltAgain() throws Exception {
        byte[] whole = Files.readAllBytes(jar(root));
        for (int left : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(jar(root), Arrays.copyOf(whole, left));
            Files.createFile(root.resolve("examples/target/launcher.stamp.old"));
            Files.move(
                    root.resolve("examples/target/launcher.stamp.old"),
                    root.resolve("examples/target/launcher.stamp"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING); // newer than the jar
            Run run = run();
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.err()).isEqualTo("sd15: building, once...\n");
            assertThat(jar(root)).hasBinaryContent(whole);
        }
        assertThat(builds()).hasSize(4);
    }

    @Test
    void aLibraryThatWasCutOffIsBuiltAgain() throws Exception {
        Files.createFile(root.resolve("examples/target/lib/nd4j.jar"));
        assertThat(run().err()).contains("building");
        assertThat(root.resolve("examples/target/lib/nd4j.jar")).doesNotExist();
    }

    @Test
    void afterABuildThatFailedTheNextRunBuildsAgain() throws Exception {
        Files.delete(jar(root));
        Files.createFile(root.resolve("examples/fail"));
        Run failed = run();
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains("the build failed");
        assertThat(failed.out()).isEmpty();
        assertThat(root.resolve("examples/target/launcher.stamp")).doesNotExist();
        Files.delete(root.resolve("examples/fail"));
        assertThat(run().exit()).isZero();
        assertThat(run().err()).isEmpty();
    }

    @Test
    void afterABuildThatWasKilledNothingHalfWrittenIsKept() throws Exception {
        Files.createDirectories(root.resolve("examples/target/classes"));
        Files.createFile(root.resolve("examples/target/classes/Half.class"));
        Files.createFile(root.resolve("examples/target/launcher.begun"));
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("building");
        assertThat(root.resolve("examples/target/classes")).doesNotExist();
        assertThat(run().err()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void twoAtOnceBuildOnce() throws Exception {
        Files.delete(jar(root));
        Files.createFile(root.resolve("examples/slow"));
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(launcher(Map.of(), root.resolve("sd15").toString(), "doctor")
                    .start());
        }
        for (Process one : all) {
            Run run = ended(one);
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out()).contains("entry there\nentry there\n");
        }
        assertThat(builds()).hasSize(1);
    }
}
