package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.Inspection.Part;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

class InspectionTest {

    @TempDir
    private Path folder;

    @Test
    void tellsWhatAModelFolderHolds() throws IOException {
        Inspection inspection = Inspection.of(Foreign.path("diffusers"));
        assertThat(inspection.parts()).extracting(Part::name).containsExactly("text_encoder", "unet", "vae");
        assertThat(inspection.parts())
                .extracting(Part::kind)
                .containsExactly(ModelKind.TEXT_ENCODER, ModelKind.UNET, ModelKind.VAE);
        assertThat(inspection.absent()).containsExactly("tokenizer");
        Part unet = inspection.parts().get(1);
        assertThat(unet.format()).isEqualTo(FileFormat.SAFETENSORS);
        assertThat(unet.tensors()).hasSize(684);
        assertThat(unet.metadata()).containsEntry("format", "pt");
        assertThat(unet.bytesByDType()).containsOnlyKeys(DType.F32);
        assertThat(unet.bytes())
                .isEqualTo(4 * unet.elements())
                .isEqualTo(unet.bytesByDType().get(DType.F32));
    }

    /** The size of the file, less its header and the field before it, is the size of its tensors. */
    @Test
    void countsTheBytesOfTheTensors() throws IOException {
        Path file = Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors");
        long header = ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        assertThat(Inspection.of(file).parts().get(0).bytes()).isEqualTo(Files.size(file) - header - 8);
    }

    @Test
    void takesASingleFileCheckpointApart() throws IOException {
        Inspection inspection = Inspection.of(Foreign.path("ldm.ckpt"));
        assertThat(inspection.parts()).extracting(Part::name).containsExactly("unet", "vae", "text_encoder", "beside");
        assertThat(inspection.parts())
                .extracting(Part::kind)
                .containsExactly(ModelKind.UNET, ModelKind.VAE, ModelKind.TEXT_ENCODER, ModelKind.UNKNOWN);
        assertThat(inspection.parts()).extracting(Part::format).containsOnly(FileFormat.TORCH_ZIP);
        assertThat(inspection.parts().get(3).tensors()).hasSize(5);
    }

    @Test
    void saysWhatIsMissingAndWhatIsLeftOver() throws IOException {
        Part unet = Inspection.of(Foreign.path("unet-legacy.bin")).parts().get(0);
        assertThat(unet.kind()).isEqualTo(ModelKind.UNET);
        ImportReport report =
                unet.against(UNet.parameters(UNetConfigs.read(Foreign.path("diffusers/unet/config.json"))));
        assertThat(report.isComplete()).isTrue();
        assertThat(report.unexpected()).isEmpty();
        ImportReport against15 = unet.against(UNet.parameters(UNetConfig.sd15()));
        assertThat(against15.missing())
                .extracting(missing -> missing.parameter().name())
                .containsExactlyInAnyOrder(
                        "down_blocks.2.resnets.0.conv_shortcut.weight", "down_blocks.2.resnets.0.conv_shortcut.bias");
        assertThat(against15.wrongShapes()).hasSizeGreaterThan(600);
    }

    @Test
    void looksIntoAComponentsFolder() throws IOException {
        Inspection inspection = Inspection.of(Foreign.path("diffusers/vae"));
        assertThat(inspection.parts()).singleElement().satisfies(part -> {
            assertThat(part.name()).isEqualTo("vae");
            assertThat(part.kind()).isEqualTo(ModelKind.VAE);
            assertThat(part.tensors()).hasSize(244);
        });
        assertThatThrownBy(() -> Inspection.of(Foreign.path("diffusers/scheduler")))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("has no weights", "scheduler_config.json");
    }

    @Test
    void looksIntoShards() throws IOException {
        Part part = Inspection.of(ShardedTensorsTest.split(folder)).parts().get(0);
        assertThat(part.format()).isEqualTo(FileFormat.SHARDED);
        assertThat(part.kind()).isEqualTo(ModelKind.UNET);
    }

    /** Names as they are in the files of PEFT, diffusers (new, old, text), kohya; of embeddings; and of none of these. */
    @ParameterizedTest
    @CsvSource({
        "unet.down_blocks.0.attn1.to_q.lora_A.weight, LORA",
        "unet.down_blocks.0.attn1.to_q.lora.down.weight, LORA",
        "down_blocks.0.attn1.processor.to_q_lora.down.weight, LORA",
        "text_encoder.q_proj.lora_linear_layer.down.weight, LORA",
        "lora_unet_down_blocks_0_attn1_to_q.lora_down.weight, LORA",
        "string_to_param.*, TEXTUAL_INVERSION",
        "<cat-toy>, TEXTUAL_INVERSION",
        "emb_params, TEXTUAL_INVERSION",
        "latents, UNKNOWN",
        "encoder.conv_in.weight, VAE",
        "conv_in.weight, UNKNOWN",
    })
    void tellsWhatTensorsAreByTheirNames(String name, ModelKind kind) {
        assertThat(ModelKind.of(List.of(name))).isEqualTo(kind);
    }

    @Test
    void reportsADamagedFileAsSuch() {
        assertThatThrownBy(() -> Inspection.of(Foreign.path("files/bad-hole.safetensors")))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("bad-hole.safetensors: ");
    }
}
