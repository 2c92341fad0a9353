package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.Closeness;

class ModelExportTest {

    @TempDir
    private Path folder;

    private Path out() {
        return folder.resolve("out");
    }

    private static ComponentFolder diffusers(String component) throws IOException {
        return ModelFolder.open(Foreign.path("diffusers")).component(component);
    }

    /** A component with given weights and the reference's configuration. */
    private ComponentFolder component(Path weights, String name) throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        Files.copy(weights, in.resolve(name));
        Files.copy(Foreign.path("diffusers/unet/config.json"), in.resolve("config.json"));
        return ComponentFolder.open(in);
    }

    private static void assertSameFiles(Path actual, Path expected) throws IOException {
        try (Stream<Path> files = Files.list(expected)) {
            for (Path file : files.toList()) {
                assertThat(actual.resolve(file.getFileName())).hasSameBinaryContentAs(file);
            }
        }
        try (Stream<Path> files = Files.list(actual)) {
            assertThat(files.map(file -> expected.resolve(file.getFileName()))).allMatch(Files::exists);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet", "vae", "text_encoder"})
    void writesTheBytesThatItRead(String component) throws IOException {
        ModelExport.of(diffusers(component)).write(out());
        assertSameFiles(out(), diffusers(component).path());
    }

    @Test
    void writesOldNamesAsTheyWere() throws IOException {
        ComponentFolder vae =
                component(Foreign.path("vae-old-names.safetensors"), "diffusion_pytorch_model.safetensors");
        ModelExport.of(vae).write(out());
        assertSameFiles(out(), vae.path());
    }

    @Test
    void writesShardsAndTheirIndexAsTheyWere() throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        ShardedTensorsTest.split(in);
        Files.copy(Foreign.path("diffusers/unet/config.json"), in.resolve("config.json"));
        ModelExport.of(new ComponentFolder(in)).write(out());
        assertSameFiles(out(), in);
    }

    /** What diffusers calls {@code query} is {@code to_q} here; the trained array goes into the file under its old name. */
    @Test
    void putsTrainedArraysInTheirPlaceUnderTheFilesOwnNames() throws IOException {
        ComponentFolder vae =
                component(Foreign.path("vae-old-names.safetensors"), "diffusion_pytorch_model.safetensors");
        String name = "encoder.mid_block.attentions.0.to_q.weight";
        String old = "encoder.mid_block.attentions.0.query.weight";
        INDArray trained = Nd4j.rand(DataType.FLOAT, 8, 8);
        ModelExport.of(vae).replace(Map.of(name, trained)).write(out());
        try (TensorFile before = TensorFiles.open(vae.path().resolve("diffusion_pytorch_model.safetensors"));
                TensorFile after = TensorFiles.open(out().resolve("diffusion_pytorch_model.safetensors"))) {
            assertThat(after.tensors()).isEqualTo(before.tensors());
            assertThat(after.tensors().keySet())
                    .containsExactlyElementsOf(before.tensors().keySet());
            for (String tensor : before.tensors().keySet()) {
                INDArray expected = tensor.equals(old) ? trained : before.load(tensor, DataType.FLOAT);
                Foreign.assertSame(after, tensor, expected);
            }
        }
    }

    /** Written as {@code torch.save} wrote it, read as safetensors: the same bytes as diffusers itself would write. */
    @Test
    void writesPyTorchWeightsAsSafetensors() throws IOException {
        ComponentFolder unet = component(Foreign.path("unet.bin"), "diffusion_pytorch_model.bin");
        ModelExport.of(unet).write(out());
        assertThat(out().resolve("diffusion_pytorch_model.safetensors"))
                .hasSameBinaryContentAs(Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors"));
        assertThat(out().resolve("config.json")).hasSameBinaryContentAs(unet.configFile());
    }

    @Test
    void writesATrainedShard() throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        ShardedTensorsTest.split(in);
        Files.copy(Foreign.path("diffusers/unet/config.json"), in.resolve("config.json"));
        INDArray trained = Nd4j.rand(DataType.FLOAT, 8);
        ModelExport.of(new ComponentFolder(in))
                .replace(Map.of("conv_in.bias", trained))
                .write(out());
        try (TensorFile after = new ComponentFolder(out()).tensors()) {
            Closeness.assertSameBits("trained", after.load("conv_in.bias", DataType.FLOAT), trained);
            assertThat(after.tensors()).hasSize(684);
        }
    }

    @Test
    void refusesArraysThatHaveNoPlace() throws IOException {
        INDArray array = Nd4j.zeros(DataType.FLOAT, 3);
        ModelExport lost = ModelExport.of(diffusers("unet")).replace(Map.of("lost.weight", array));
        assertThatThrownBy(() -> lost.write(out()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tensor lost.weight");
        ModelExport other = ModelExport.of(diffusers("unet")).replace(Map.of("conv_in.bias", array));
        assertThatThrownBy(() -> other.write(out()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("conv_in.bias", "[3]", "[8]");
        assertThat(out()).doesNotExist();
    }

    /** It is found out when the other shard has been written. */
    @Test
    void anArrayThatDoesNotFitIntoOneShardLeavesTheOtherAsItWas() throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        ShardedTensorsTest.split(in);
        Files.copy(Foreign.path("diffusers/unet/config.json"), in.resolve("config.json"));
        ModelExport.of(new ComponentFolder(in)).write(out());
        List<String> firsts = List.of(firstOf(in, "00001"), firstOf(in, "00002"));
        for (int good = 0; good < 2; good++) {
            try (TensorFile tensors = new ComponentFolder(in).tensors()) {
                INDArray trained =
                        Nd4j.rand(DataType.FLOAT, tensors.info(firsts.get(good)).shape());
                ModelExport export = ModelExport.of(new ComponentFolder(in))
                        .replace(Map.of(firsts.get(good), trained, firsts.get(1 - good), Nd4j.zeros(7, 7, 7)));
                assertThatThrownBy(() -> export.write(in)).hasMessageContaining("[7, 7, 7]");
            }
            assertSameFiles(in, out());
        }
    }

    private static String firstOf(Path folder, String shard) throws IOException {
        try (TensorFile file =
                TensorFiles.open(folder.resolve("diffusion_pytorch_model-%s-of-00003.safetensors".formatted(shard)))) {
            return file.tensors().keySet().iterator().next();
        }
    }

    @Test
    void writesOverWhatItRead() throws IOException {
        ComponentFolder unet = component(
                Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors"),
                "diffusion_pytorch_model.safetensors");
        ModelExport.of(unet).write(unet.path());
        assertSameFiles(unet.path(), diffusers("unet").path());
    }
}
