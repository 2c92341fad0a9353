package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.testing.Fixture;

class ShardedTensorsTest {

    @TempDir
    private Path folder;

    /** The reference UNet in three files, every third tensor in each, as {@code save_pretrained} names them. */
    static Path split(Path folder) throws IOException {
        List<String> entries = new ArrayList<>();
        try (TensorFile whole = TensorFiles.open(Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors"))) {
            List<String> names = List.copyOf(whole.tensors().keySet());
            for (int shard = 0; shard < 3; shard++) {
                String file = "diffusion_pytorch_model-0000%d-of-00003.safetensors".formatted(shard + 1);
                SafetensorsWriter writer = SafetensorsWriter.create().metadata("format", "pt");
                for (int i = shard; i < names.size(); i += 3) {
                    writer.add(TensorSource.copy(whole, names.get(i)));
                    entries.add("\"%s\": \"%s\"".formatted(names.get(i), file));
                }
                writer.write(folder.resolve(file));
            }
        }
        return index(folder, String.join(", ", entries));
    }

    private static Path index(Path folder, String entries) throws IOException {
        return Files.writeString(
                folder.resolve("diffusion_pytorch_model.safetensors.index.json"),
                "{\"metadata\": {\"total_size\": 12}, \"weight_map\": {%s}}".formatted(entries));
    }

    @Test
    void readsAModelInSeveralFiles() throws IOException {
        Fixture expected = Foreign.diffusers("unet");
        try (TensorFile file = TensorFiles.open(split(folder))) {
            assertThat(file.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
            assertThat(file.metadata()).containsEntry("total_size", "12");
            for (String name : expected.names()) {
                Foreign.assertSame(file, name, expected.get(name));
                assertThat(file.bytes(name).getFloat(0))
                        .isEqualTo(expected.get(name).getFloat(0));
            }
            assertThat(file.mapped("conv_in.weight")).isPresent();
            assertThatThrownBy(() -> file.load("lost", DataType.FLOAT)).hasMessageContainingAll("index.json", "lost");
        }
    }

    @Test
    void namesAShardThatIsMissing() throws IOException {
        Path index = split(folder);
        Files.delete(folder.resolve("diffusion_pytorch_model-00002-of-00003.safetensors"));
        assertThatThrownBy(() -> TensorFiles.open(index))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("00002-of-00003.safetensors: the shard is missing", index.toString());
    }

    @Test
    void namesATensorThatIsNotInItsShard() throws IOException {
        split(folder);
        Path index = index(folder, "\"lost.weight\": \"diffusion_pytorch_model-00001-of-00003.safetensors\"");
        assertThatThrownBy(() -> TensorFiles.open(index))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("00001-of-00003.safetensors: has no tensor lost.weight", index.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.safetensors",
                "/etc/passwd",
                "a/b.safetensors",
                "a\\\\b",
                "..",
                ".",
                "",
                "c:x",
                " ",
                "a\\n/../../secret.safetensors",
                "a\\n",
                "a\\u001b[2J",
                "\\u0000"
            })
    void keepsShardsWithinTheFolder(String shard) throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.copy(Foreign.path("files/ok-two.safetensors"), folder.resolve("secret.safetensors"));
        Path index = index(inner, "\"a\": \"%s\"".formatted(shard));
        assertThatThrownBy(() -> TensorFiles.open(index))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("index.json: names the shard", "must be a file beside it");
    }

    /** Caches of downloads keep the files elsewhere, under their checksums. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void followsALinkToAShardElsewhere() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Path blob = Files.copy(Foreign.path("files/ok-two.safetensors"), folder.resolve("blob"));
        Files.createSymbolicLink(inner.resolve("a.safetensors"), blob);
        try (TensorFile file = TensorFiles.open(index(inner, "\"a\": \"a.safetensors\""))) {
            assertThat(file.tensors()).containsOnlyKeys("a");
        }
    }

    @Test
    void refusesAnIndexThatNamesItself() throws IOException {
        Path index = index(folder, "\"a\": \"diffusion_pytorch_model.safetensors.index.json\"");
        assertThatThrownBy(() -> TensorFiles.open(index)).hasMessageContaining("is an index itself");
    }

    @Test
    void refusesAShardThatIsNoName() throws IOException {
        Path index = index(folder, "\"a\": 7");
        assertThatThrownBy(() -> TensorFiles.open(index)).hasMessageContainingAll("index.json", "the shard of a");
    }
}
