package org.sd15.importer.ldm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.Damaged;
import org.sd15.importer.ImportReport;
import org.sd15.importer.Inspection;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.names.LdmNames;
import org.sd15.testing.ScratchFile;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** Whatever its header says, a single-file checkpoint is understood or refused in one way. */
@Tag("fuzz")
class LdmMutationTest {

    private static final UNetConfig SMALL = new UNetConfig(
            1,
            1,
            List.of(1),
            List.of(DownBlockType.CrossAttnDownBlock2D),
            List.of(UpBlockType.CrossAttnUpBlock2D),
            1,
            1,
            1,
            1,
            1e-5,
            false);

    @Test
    void understandsOrRefusesDamagedCheckpoints(@TempDir Path folder) throws IOException {
        List<ParameterSpec> tensors = tensors();
        int dataBytes = (int) tensors.stream().mapToLong(ParameterSpec::length).sum();
        Path file = folder.resolve("fuzz.ckpt");
        assertThat(Damaged.run(12)
                        .over(List.of(header(tensors)))
                        .words(
                                "model.diffusion_model.input_blocks.2",
                                ".0.op.weight",
                                "label_emb.0.0.weight",
                                "[1,1,0,1]")
                        .check(file.toString(), header -> {
                            ScratchFile.write(file, Damaged.withHeader(header, dataBytes));
                            read(file);
                        })
                        .understood())
                .as("headers that changed harmlessly")
                .isPositive();
    }

    private static void read(Path file) throws IOException {
        assertThat(Inspection.of(file).parts()).isNotEmpty();
        try (LdmCheckpoint checkpoint = LdmCheckpoint.of(TensorFiles.open(file))) {
            checkpoint.config("unet");
            ImportReport.of(checkpoint.tensors(ModelPart.UNET), UNet.parameters(checkpoint.unetConfig(1, 1)))
                    .requireComplete();
            checkpoint.tensors(ModelPart.VAE);
            checkpoint.textEncoderFacts();
        }
    }

    private static List<ParameterSpec> tensors() {
        List<ParameterSpec> tensors = new ArrayList<>();
        UNet.parameters(SMALL)
                .forEach(spec -> tensors.add(new ParameterSpec(
                        ModelPart.UNET.prefix()
                                + LdmNames.unet(SMALL).toLdm(spec.name()).orElseThrow(),
                        spec.shape())));
        for (String half : List.of("encoder", "decoder")) {
            String vae = ModelPart.VAE.prefix() + half;
            tensors.add(new ParameterSpec(vae + ".conv_in.weight", 1, 1, 3, 3));
            tensors.add(new ParameterSpec(vae + ".conv_out.weight", 1, 1, 3, 3));
        }
        tensors.add(new ParameterSpec(ModelPart.VAE.prefix() + "encoder.down.0.block.0.conv1.weight", 1, 1, 3, 3));
        String text = ModelPart.TEXT_ENCODER.prefix() + "text_model.";
        tensors.add(new ParameterSpec(text + "embeddings.token_embedding.weight", 7, 2));
        tensors.add(new ParameterSpec(text + "embeddings.position_embedding.weight", 3, 2));
        tensors.add(new ParameterSpec(text + "encoder.layers.0.mlp.fc1.weight", 4, 2));
        return tensors;
    }

    /** One byte for each number, so that the file is small. */
    private static byte[] header(List<ParameterSpec> tensors) {
        long[] end = new long[1];
        return tensors.stream()
                .map(spec -> "\"%s\":{\"dtype\":\"F8_E4M3\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                        .formatted(
                                spec.name(),
                                Arrays.toString(spec.shape()).replace(" ", ""),
                                end[0],
                                end[0] += spec.length()))
                .collect(Collectors.joining(",", "{\"__metadata__\":{\"sd15_config_unet\":\"{}\"},", "}"))
                .getBytes(UTF_8);
    }
}
