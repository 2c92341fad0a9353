package org.sd15.importer.ldm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.Foreign;
import org.sd15.importer.ImportReport;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** The same small model as one file and as a diffusers folder. */
class LdmCheckpointTest {

    @TempDir
    private Path folder;

    private static LdmCheckpoint open(String name) throws IOException {
        return LdmCheckpoint.of(TensorFiles.open(Foreign.path(name)));
    }

    private static void assertEqualsDiffusers(LdmCheckpoint checkpoint, ModelPart component) throws IOException {
        Fixture expected = Foreign.diffusers(component.toString());
        TensorFile tensors = checkpoint.tensors(component);
        Map<String, String> names = new HashMap<>();
        expected.names()
                .forEach(name ->
                        names.put(component == ModelPart.TEXT_ENCODER ? LegacyNames.withTextModel(name) : name, name));
        assertThat(tensors.tensors().keySet().stream().filter(name -> !LegacyNames.isBuffer(name)))
                .containsExactlyInAnyOrderElementsOf(names.keySet());
        names.forEach((name, inFixture) -> {
            assertThat(Shapes.equalUpToTrailingOnes(tensors.info(name).shape(), expected.shape(inFixture)))
                    .as("shape of %s", name)
                    .isTrue();
            Foreign.assertSame(tensors, name, expected.get(inFixture));
        });
    }

    @ParameterizedTest
    @EnumSource(ModelPart.class)
    void hasTheTensorsOfTheDiffusersFolder(ModelPart component) throws IOException {
        for (String name : new String[] {"ldm.safetensors", "ldm.ckpt"}) {
            try (LdmCheckpoint checkpoint = open(name)) {
                assertThat(checkpoint.components()).containsExactly(ModelPart.values());
                assertEqualsDiffusers(checkpoint, component);
            }
        }
    }

    @Test
    void derivesTheUNetsConfigurationFromItsShapes() throws IOException {
        try (LdmCheckpoint checkpoint = open("ldm.safetensors")) {
            UNetConfig expected = UNetConfigs.read(Foreign.path("diffusers/unet/config.json"));
            assertThat(checkpoint.unetConfig(8, 8)).isEqualTo(expected);
            ImportReport report =
                    ImportReport.of(checkpoint.tensors(ModelPart.UNET), UNet.parameters(checkpoint.unetConfig(8, 8)));
            report.requireComplete();
            assertThat(report.loaded()).hasSize(684);
            assertThat(report.unexpected()).isEmpty();
        }
    }

    /** Eight heads and 32 groups can't be seen; 32 groups don't divide this model's eight channels. */
    @Test
    void assumesTheHeadsAndGroupsOfStableDiffusion() throws IOException {
        try (LdmCheckpoint checkpoint = open("ldm.safetensors")) {
            assertThatThrownBy(checkpoint::unetConfig)
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("ldm.safetensors: ", "32 groups");
        }
    }

    @Test
    void saysWhatTheAutoencoderIs() throws IOException {
        try (LdmCheckpoint checkpoint = open("ldm.ckpt")) {
            assertThat(checkpoint.vaeFacts()).isEqualTo(new VaeFacts(3, 3, 4, List.of(4, 8, 8, 8), 2));
        }
    }

    @Test
    void saysWhatTheTextEncoderIs() throws IOException {
        try (LdmCheckpoint checkpoint = open("ldm.ckpt")) {
            assertThat(checkpoint.textEncoderFacts()).isEqualTo(new TextEncoderFacts(256, 16, 64, 2, 77));
        }
    }

    @Test
    void namesWhatItIgnores() throws IOException {
        try (LdmCheckpoint checkpoint = open("ldm.ckpt")) {
            assertThat(checkpoint.ignored())
                    .containsExactlyInAnyOrder(
                            "betas",
                            "alphas_cumprod",
                            "model_ema.decay",
                            "model_ema.num_updates",
                            "model_ema.diffusion_modelinput_blocks00weight");
        }
    }

    /** A copy of the checkpoint with other names, to see what a reader makes of it. */
    private LdmCheckpoint renamed(UnaryOperator<String> rename) throws IOException {
        Path path = folder.resolve("renamed.safetensors");
        try (TensorFile file = TensorFiles.open(Foreign.path("ldm.safetensors"))) {
            SafetensorsWriter writer = SafetensorsWriter.create();
            file.tensors()
                    .forEach((name, info) -> writer.add(TensorSource.copy(file, name, info.named(rename.apply(name)))));
            writer.write(path);
        }
        return LdmCheckpoint.of(TensorFiles.open(path));
    }

    @Test
    void readsATextEncoderWithoutItsPrefix() throws IOException {
        String prefix = ModelPart.TEXT_ENCODER.prefix();
        try (LdmCheckpoint checkpoint = renamed(name -> name.replace(prefix + "text_model.", prefix))) {
            assertThat(checkpoint.textEncoderFacts()).isEqualTo(new TextEncoderFacts(256, 16, 64, 2, 77));
            assertEqualsDiffusers(checkpoint, ModelPart.TEXT_ENCODER);
        }
    }

    @Test
    void showsTensorsOfNoKnownModuleAsUnexpected() throws IOException {
        String strange = "model.diffusion_model.control.weight";
        try (LdmCheckpoint checkpoint = renamed(name -> name.equals("betas") ? strange : name)) {
            ImportReport report =
                    ImportReport.of(checkpoint.tensors(ModelPart.UNET), UNet.parameters(checkpoint.unetConfig(8, 8)));
            assertThat(report.isComplete()).isTrue();
            assertThat(report.unexpected()).singleElement().asString().contains(strange);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cond_stage_model.model.ln_final.bias, Stable Diffusion 2.x",
        "conditioner.embedders.0.x.weight, Stable Diffusion XL",
        "model.diffusion_model.joint_blocks.0.x, Stable Diffusion 3",
    })
    void refusesOtherFamiliesByName(String marker, String family) {
        assertThatThrownBy(() -> renamed(name -> name.equals("betas") ? marker : name))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("renamed.safetensors: ", family);
    }

    @ParameterizedTest
    @CsvSource({
        "model.diffusion_model.label_emb.0.0.weight, class embedding",
        "model.diffusion_model.middle_block.1.transformer_blocks.1.norm1.weight, several transformer blocks",
        "model.diffusion_model.input_blocks.12.0.in_layers.2.weight, residual blocks per level",
    })
    void refusesOtherArchitecturesByWhatMakesThemSo(String marker, String error) throws IOException {
        String norm = "model.diffusion_model.input_blocks.12.0.out_layers.3.weight";
        try (LdmCheckpoint checkpoint =
                renamed(name -> name.equals("betas") ? marker : name.equals("alphas_cumprod") ? norm : name)) {
            assertThatThrownBy(() -> checkpoint.tensors(ModelPart.UNET))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("renamed.safetensors: the UNet has ", error);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "input_blocks.0.0.weight",
                "out.2.weight",
                "middle_block.1.proj_in.weight",
                "middle_block.1.transformer_blocks.0.attn2.to_k.weight"
            })
    void namesATensorThatItCannotDoWithout(String missing) throws IOException {
        String name = ModelPart.UNET.prefix() + missing;
        try (LdmCheckpoint checkpoint = renamed(other -> other.equals(name) ? "lost" : other)) {
            assertThatThrownBy(checkpoint::unetConfig)
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("renamed.safetensors: has no tensor " + name);
        }
    }

    @Test
    void refusesAFileOfAnotherKind() throws IOException {
        Path path = folder.resolve("other.safetensors");
        SafetensorsWriter.create()
                .add("a", Nd4j.zeros(DataType.FLOAT, 1), DType.F32)
                .write(path);
        try (TensorFile file = TensorFiles.open(path)) {
            assertThat(LdmCheckpoint.recognises(file)).isFalse();
            assertThatThrownBy(() -> LdmCheckpoint.of(file))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("other.safetensors: ", "model.diffusion_model.");
        }
    }

    @Test
    void readsAFileWithTheUNetAlone() throws IOException {
        try (LdmCheckpoint checkpoint =
                renamed(name -> name.startsWith(ModelPart.UNET.prefix()) ? name : "beside." + name)) {
            assertThat(checkpoint.components()).containsExactly(ModelPart.UNET);
            assertEqualsDiffusers(checkpoint, ModelPart.UNET);
            assertThatThrownBy(checkpoint::vaeFacts).hasMessageContaining("has no tensor first_stage_model.");
        }
    }
}
