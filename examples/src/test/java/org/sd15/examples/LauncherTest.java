package org.sd15.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.examples.LauncherTree.Run;

/**
 * The launcher {@code sd15}, in a tree of its own, with a {@code java} and a {@code mvnw} that only tell what they
 * are told.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

    @TempDir
    private Path folder;

    private LauncherTree tree = new LauncherTree(Path.of(""), Path.of(""));

    @BeforeEach
    void makeATree() throws IOException {
        tree = LauncherTree.in(folder, "tree");
    }

    private Run run() throws Exception {
        return tree.doctor(Map.of());
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
        Run run = tree.doctor(locale(setting));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("LC_ALL=C.UTF-8 ");
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LANG=de_DE.UTF-8", "LC_CTYPE=de_DE.UTF-8 LANG=C", "LC_CTYPE=C.UTF-8"})
    void aLocaleOfUtf8StaysAsItIs(String setting) throws Exception {
        Run run = tree.doctor(locale(setting));
        assertThat(run.out()).contains("LC_ALL=none ");
        locale(setting).forEach((name, value) -> assertThat(run.out()).contains(name + "=" + value));
    }

    @Test
    void withoutTheCommandLocaleTheVariablesAreTrusted() throws Exception {
        LauncherTree.script(folder.resolve("bin/locale"), "#!/bin/sh\nexit 127\n");
        String launcher = tree.launcher().toString();
        assertThat(tree.run(locale("LANG=fr_FR.utf8"), launcher).out()).contains("LC_ALL=none ");
        assertThat(tree.run(Map.of(), launcher).out()).contains("LC_ALL=C.UTF-8 ");
    }

    @Test
    void itIsFoundThroughLinks() throws Exception {
        Files.createSymbolicLink(folder.resolve("far"), tree.launcher());
        Files.createSymbolicLink(folder.resolve("bin/sd15"), Path.of("../far"));
        Run run = tree.run(Map.of(), "sh", "-c", "sd15 generate --prompt 'a b'");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("org.sd15.cli.Sd15 generate --prompt a b", "entry there\nentry there\n")
                .doesNotContain("missing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void itsFolderMayHaveColonsAndSpaces() throws Exception {
        tree = LauncherTree.in(folder, "a:b c/d");
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("entry there\nentry there\n")
                .doesNotContain("missing", "a:b c/d/examples/target");
        assertThat(tree.builds()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFolderWithAColonIsBuiltElsewhere() throws Exception {
        tree = LauncherTree.in(folder, "a:b c");
        Files.delete(tree.jar());
        LauncherTree.script(
                tree.root().resolve("mvnw"), "#!/bin/sh\ncase $PWD in *:*) exit 1 ;; esac\n" + LauncherTree.MVNW);
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("entry there\nentry there\n").doesNotContain("missing");
        assertThat(run().err()).isEmpty();
    }

    @Test
    void whatIsThereAndWholeIsNotBuiltAgain() throws Exception {
        assertThat(run().err()).isEmpty();
        assertThat(tree.builds()).isEmpty();
    }

    @Test
    void aJarThatWasCutOffIsBuiltAgain() throws Exception {
        byte[] whole = Files.readAllBytes(tree.jar());
        for (int left : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(tree.jar(), Arrays.copyOf(whole, left));
            Files.createFile(tree.target("launcher.stamp.old"));
            Files.move(
                    tree.target("launcher.stamp.old"),
                    tree.target("launcher.stamp"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING); // newer than the jar
            Run run = run();
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.err()).isEqualTo("sd15: building, once...\n");
            assertThat(tree.jar()).hasBinaryContent(whole);
        }
        assertThat(tree.builds()).hasSize(4);
    }

    @Test
    void aLibraryThatWasCutOffIsBuiltAgain() throws Exception {
        Files.createFile(tree.target("lib/nd4j.jar"));
        assertThat(run().err()).contains("building");
        assertThat(tree.target("lib/nd4j.jar")).doesNotExist();
    }

    @Test
    void afterABuildThatFailedTheNextRunBuildsAgain() throws Exception {
        Files.delete(tree.jar());
        Files.createFile(tree.root().resolve("examples/fail"));
        Run failed = run();
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains("the build failed");
        assertThat(failed.out()).isEmpty();
        assertThat(tree.target("launcher.stamp")).doesNotExist();
        Files.delete(tree.root().resolve("examples/fail"));
        assertThat(run().exit()).isZero();
        assertThat(run().err()).isEmpty();
    }

    @Test
    void afterABuildThatWasKilledNothingHalfWrittenIsKept() throws Exception {
        Files.createDirectories(tree.target("classes"));
        Files.createFile(tree.target("classes/Half.class"));
        Files.createFile(tree.target("launcher.begun"));
        Run run = run();
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("building");
        assertThat(tree.target("classes")).doesNotExist();
        assertThat(run().err()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void twoAtOnceBuildOnce() throws Exception {
        Files.delete(tree.jar());
        Files.createFile(tree.root().resolve("examples/slow"));
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(tree.process(Map.of(), tree.launcher().toString(), "doctor").start());
        }
        for (Process one : all) {
            Run run = LauncherTree.ended(one);
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out()).contains("entry there\nentry there\n");
        }
        assertThat(tree.builds()).hasSize(1);
    }
}
