package org.sd15.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.examples.LauncherTree.Run;

/** Which backend the launcher {@code sd15} builds for and runs with. */
@DisabledOnOs(OS.WINDOWS)
class LauncherBackendTest {

    private static final Map<String, String> UNSAID = Map.of();
    private static final Map<String, String> CPU = Map.of("SD15_BACKEND", "cpu");
    private static final Map<String, String> CUDA = Map.of("SD15_BACKEND", "cuda");

    @TempDir
    private Path folder;

    private LauncherTree tree = new LauncherTree(Path.of(""), Path.of(""));

    @BeforeEach
    void makeATree() throws IOException {
        tree = LauncherTree.in(folder, "tree");
    }

    private void assertRunsOn(String backend, Run run) {
        assertThat(run.exit()).as(run.err()).isZero();
        String lib = backend.equals("cpu") ? "lib" : "lib-" + backend;
        assertThat(run.out()).contains("/examples/target/" + lib + "/* ").doesNotContain("missing");
    }

    private int building(String backend, Map<String, String> environment) throws Exception {
        int before = tree.builds().size();
        assertRunsOn(backend, tree.doctor(environment));
        return tree.builds().size() - before;
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda", "cuda-redist"})
    void aBackendIsBuiltOnceWithItsProfileAndRunsWithItsLibraries(String backend) throws Exception {
        Map<String, String> environment = Map.of("SD15_BACKEND", backend);
        Run first = tree.doctor(environment);
        assertThat(first.err()).isEqualTo("sd15: building for " + backend + ", once...\n");
        assertRunsOn(backend, first);
        assertThat(tree.builds()).hasSize(1);
        assertThat(tree.builds().get(0)).contains(" -P" + backend + " ");
        assertThat(building(backend, environment)).isZero();
    }

    /** Each has libraries and a stamp of its own, so that changing between them builds nothing. */
    @Test
    void afterARunOnAnotherBackendTheCpuIsStillThere() throws Exception {
        assertThat(building("cpu", UNSAID)).isZero();
        assertThat(building("cuda", CUDA)).isOne();
        assertThat(building("cpu", UNSAID)).isZero();
        assertThat(building("cpu", CPU)).isZero();
        assertThat(building("cuda", CUDA)).isZero();
    }

    @Test
    void whatMavenWasLastToldByHandIsTaken() throws Exception {
        Files.writeString(tree.target("backend"), "cuda");
        assertThat(building("cuda", UNSAID)).isOne();
        assertThat(building("cuda", UNSAID)).isZero();
        assertThat(building("cpu", CPU)).isZero();
        Files.delete(tree.target("launcher.stamp"));
        assertThat(building("cpu", CPU)).isOne();
        assertThat(tree.builds().get(1)).doesNotContain("-P");
        assertThat(building("cuda", UNSAID)).isZero();
        Files.writeString(tree.target("backend"), "cpu\n");
        assertThat(building("cpu", UNSAID)).isZero();
    }

    @Test
    void aBuildThatWasKilledDoesNotChangeWhatIsTaken() throws Exception {
        Files.createFile(tree.root().resolve("examples/killed"));
        assertThat(tree.doctor(CUDA).exit()).isNotZero();
        assertThat(tree.target("launcher.begun")).exists();
        Files.delete(tree.root().resolve("examples/killed"));
        assertThat(building("cpu", UNSAID)).isOne();
        assertThat(tree.builds().get(1)).doesNotContain("-P");
    }

    @Test
    void aBackendOfAnotherNameIsRefused() throws Exception {
        Run run = tree.doctor(Map.of("SD15_BACKEND", "rocm"));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("sd15: SD15_BACKEND is \"rocm\"; it can be cpu, cuda or cuda-redist\n");
        assertThat(tree.builds()).isEmpty();
    }
}
