package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    @TempDir
    private Path temporary;

    private Path root;

    @BeforeEach
    void resolve() throws IOException {
        root = temporary.toRealPath();
    }

    @Test
    void oneOutputHasOneFolderWhateverPathLeadsThere() throws IOException {
        Path output = root.resolve("real/lora.safetensors");
        Path expected = root.resolve("real/lora.safetensors.training");
        Files.createDirectories(root.resolve("real/deep"));
        Files.createSymbolicLink(root.resolve("link"), root.resolve("real"));
        Files.createSymbolicLink(root.resolve("file"), Path.of("link/lora.safetensors")); // leads nowhere yet
        Path relative = Path.of("").toAbsolutePath().relativize(output);
        for (boolean exists : new boolean[] {false, true}) {
            assertThat(RunFolder.beside(output)).isEqualTo(expected);
            assertThat(RunFolder.beside(relative)).isEqualTo(expected);
            assertThat(RunFolder.beside(root.resolve("link/lora.safetensors"))).isEqualTo(expected);
            assertThat(RunFolder.beside(root.resolve("link/deep/../lora.safetensors")))
                    .isEqualTo(expected);
            assertThat(RunFolder.beside(root.resolve("file"))).isEqualTo(expected);
            if (!exists) {
                Files.writeString(output, "");
            }
        }
        assertThat(RunFolder.beside(root.resolve("not/yet/x"))).isEqualTo(root.resolve("not/yet/x.training"));
        assertThatThrownBy(() -> RunFolder.beside(Path.of("/"))).hasMessageContaining("choose another output");
    }

    @Test
    void aFolderBelongsToOneTraining() throws IOException {
        Path path = root.resolve("x/y.training");
        try (RunFolder folder = RunFolder.open(path)) {
            assertThatThrownBy(() -> RunFolder.open(folder.path()))
                    .hasMessageContaining(path + ": is in use by process "
                            + ProcessHandle.current().pid());
        }
        RunFolder.open(path).close();
    }

    @Test
    void aFolderThatCanNotBeMadeIsAClearError() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");
        assertThatThrownBy(() -> RunFolder.open(file))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": the folder can't be made (FileAlreadyExists " + file + ")");
        assertThatThrownBy(() -> RunFolder.open(file.resolve("x")))
                .hasMessageContainingAll(file.resolve("x") + ": the folder can't be made", file.toString());
    }

    @Test
    void anEarlierRunIsMovedAsideAsAWholeAndTheNextOneBesideIt() throws IOException {
        try (RunFolder folder = RunFolder.open(root.resolve("run"))) {
            assertThat(folder.moveAside(Set.of("cache"))).isEmpty();
            for (int i = 1; i <= 2; i++) {
                Files.createDirectories(folder.path().resolve("cache"));
                Files.createDirectories(folder.path().resolve("checkpoints"));
                Files.writeString(folder.path().resolve("checkpoints/checkpoint-000001.safetensors"), "of run " + i);
                Files.writeString(folder.path().resolve("log.csv"), "log " + i);
                Path aside = folder.path().resolve("earlier-" + i);
                assertThat(folder.moveAside(Set.of("cache"))).contains(aside);
                assertThat(aside.resolve("checkpoints/checkpoint-000001.safetensors"))
                        .hasContent("of run " + i);
                assertThat(aside.resolve("log.csv")).hasContent("log " + i);
                assertThat(folder.path().resolve("cache")).isDirectory();
                assertThat(folder.path().resolve("checkpoints")).doesNotExist();
            }
        }
    }
}
