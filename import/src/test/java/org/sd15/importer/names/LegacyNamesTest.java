package org.sd15.importer.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.Fixture;

class LegacyNamesTest {

    private static void assertEquals(TensorFile file, Fixture expected) {
        assertThat(file.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String name : expected.names()) {
            assertThat(file.info(name).name()).isEqualTo(name);
            assertThat(file.info(name).shape()).as(name).isEqualTo(expected.shape(name));
            Foreign.assertSame(file, name, expected.get(name));
        }
    }

    @Test
    void readsTheOldAttentionNamesOfTheAutoencoder() throws IOException {
        try (TensorFile file = LegacyNames.normalise(TensorFiles.open(Foreign.path("vae-old-names.safetensors")))) {
            assertEquals(file, Foreign.diffusers("vae"));
        }
    }

    @Test
    void leavesOtherFilesAsTheyAre() throws IOException {
        try (TensorFile file = TensorFiles.open(Foreign.path("unet.bin"))) {
            assertThat(LegacyNames.normalise(file)).isSameAs(file);
        }
    }

    /** transformers 5 writes {@code embeddings...}, before it wrote {@code text_model.embeddings...}. */
    @Test
    void givesTheTextEncoderItsPrefix(@TempDir Path folder) throws IOException {
        Path path = Foreign.path("diffusers/text_encoder/model.safetensors");
        Path other = folder.resolve("other.safetensors");
        try (TensorFile file = TensorFiles.open(path)) {
            boolean bare = file.tensors().containsKey("embeddings.token_embedding.weight");
            SafetensorsWriter writer = SafetensorsWriter.create();
            file.tensors()
                    .keySet()
                    .forEach(name -> writer.add(
                            bare ? "text_model." + name : name.substring("text_model.".length()),
                            file.load(name, DataType.FLOAT),
                            DType.F32));
            writer.write(other);
            try (TensorFile one = LegacyNames.normalise(TensorFiles.open(path));
                    TensorFile two = LegacyNames.normalise(TensorFiles.open(other))) {
                assertThat(one.tensors().keySet())
                        .allMatch(name -> name.startsWith("text_model."))
                        .containsExactlyInAnyOrderElementsOf(two.tensors().keySet());
                for (String name : one.tensors().keySet()) {
                    Foreign.assertSame(one, name, two.load(name, DataType.FLOAT));
                }
            }
        }
    }

    @Test
    void keepsBothOfTwoTensorsThatWouldHaveOneName(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("both.safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create();
        for (String name : new String[] {"query", "to_q"}) {
            writer.add("encoder.mid_block.attentions.0." + name + ".weight", Nd4j.zeros(DataType.FLOAT, 1), DType.F32);
        }
        writer.write(path);
        try (TensorFile file = LegacyNames.normalise(TensorFiles.open(path))) {
            assertThat(file.tensors()).hasSize(2);
        }
    }

    @Test
    void knowsThePositionsOfTheTextEncoderAsABuffer() {
        assertThat(LegacyNames.isBuffer("text_model.embeddings.position_ids")).isTrue();
        assertThat(LegacyNames.isBuffer("embeddings.position_ids")).isTrue();
        assertThat(LegacyNames.isBuffer("text_model.embeddings.position_embedding.weight"))
                .isFalse();
    }
}
