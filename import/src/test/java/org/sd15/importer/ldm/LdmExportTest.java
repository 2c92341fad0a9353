package org.sd15.importer.ldm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.Foreign;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.unet.UNetConfig;

/** From the diffusers folder to the single file of the same model. */
class LdmExportTest {

    private static final VaeFacts VAE = new VaeFacts(3, 3, 4, List.of(4, 8, 8, 8), 2);

    @TempDir
    private Path folder;

    private Path export(LdmExport export) throws IOException {
        Path target = folder.resolve("out.safetensors");
        ModelFolder model = ModelFolder.open(Foreign.path("diffusers"));
        try (TensorFile unet = model.component("unet").tensors();
                TensorFile vae = model.component("vae").tensors();
                TensorFile text = model.component("text_encoder").tensors()) {
            export.unet(unet, model.unetConfig())
                    .vae(vae, VAE)
                    .textEncoder(text)
                    .write(target);
        }
        return target;
    }

    @Test
    void writesTheTensorsOfTheSingleFile() throws IOException {
        try (TensorFile written = TensorFiles.open(export(LdmExport.create()));
                TensorFile expected = TensorFiles.open(Foreign.path("ldm.safetensors"))) {
            Set<String> names = new HashSet<>(expected.tensors().keySet());
            LdmCheckpoint.of(expected).ignored().forEach(names::remove);
            names.remove("cond_stage_model.transformer.text_model.embeddings.position_ids");
            assertThat(written.tensors().keySet()).isEqualTo(names);
            for (String name : names) {
                assertThat(written.info(name)).isEqualTo(expected.info(name));
                assertThat(written.bytes(name)).isEqualTo(expected.bytes(name));
            }
        }
    }

    @Test
    void writesHalfPrecision() throws IOException {
        try (TensorFile written = TensorFiles.open(export(LdmExport.in(DType.F16)));
                TensorFile single = TensorFiles.open(Foreign.path("ldm.safetensors"))) {
            assertThat(written.tensors().values()).allMatch(tensor -> tensor.dtype() == DType.F16);
            String name = "model.diffusion_model.out.2.weight";
            assertThat(written.load(name, DataType.FLOAT)
                            .sub(single.load(name, DataType.FLOAT))
                            .amaxNumber()
                            .doubleValue())
                    .isPositive()
                    .isLessThan(single.load(name, DataType.FLOAT).amaxNumber().doubleValue() * 0x1p-11);
        }
    }

    @Test
    void refusesATensorWithoutAPlace() throws IOException {
        UNetConfig config = UNetConfigs.read(Foreign.path("diffusers/unet/config.json"));
        try (TensorFile vae = TensorFiles.open(Foreign.path("diffusers/vae/diffusion_pytorch_model.safetensors"))) {
            assertThatThrownBy(() -> LdmExport.create().unet(vae, config))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("diffusion_pytorch_model.safetensors", "has no place");
        }
    }
}
