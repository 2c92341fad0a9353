package org.sd15.importer.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;
import org.sd15.testing.Fixture;
import org.sd15.testing.MutationRun.Outcome;

/** Whatever the bytes, the file of a learnt word is understood or refused in one way. */
@Tag("fuzz")
class EmbeddingMutationTest {

    @TempDir
    private Path folder;

    private Outcome outcome(long seed, String... files) throws IOException {
        return Damaged.run(seed, 2)
                .over(Damaged.samples(Stream.of(files).map(name -> Fixture.resource("import", "lora/" + name))))
                .words("string_to_param", "emb_params", "name", "*", "<cat>", "\u0000\u0000\u00c0\u007f")
                .check(folder.resolve("fuzz.bin"), EmbeddingFile::read);
    }

    @Test
    void understandsOrRefusesDamagedSafetensors() throws IOException {
        assertThat(outcome(10, "embedding_1.safetensors", "embedding_3.safetensors", "embedding_webui_3.safetensors")
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    @Test
    void understandsOrRefusesDamagedFilesOfPyTorch() throws IOException {
        assertThat(outcome(
                                11,
                                "embedding_1.bin",
                                "embedding_3.bin",
                                "embedding_a1111_1.pt",
                                "embedding_a1111_3.pt",
                                "embedding_parameters_1.pt",
                                "embedding_parameters_3.pt")
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }
}
