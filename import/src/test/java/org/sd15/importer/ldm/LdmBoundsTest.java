package org.sd15.importer.ldm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;

/** Empty tensors cost nothing, so that a small file can claim a model of any depth and width. */
class LdmBoundsTest {

    @TempDir
    private Path folder;

    private LdmCheckpoint checkpoint(String shape, IntFunction<String> name) throws IOException {
        String header = IntStream.range(0, 200)
                .mapToObj(i ->
                        "\"%s\":{\"dtype\":\"U8\",\"shape\":%s,\"data_offsets\":[0,0]}".formatted(name.apply(i), shape))
                .collect(Collectors.joining(",", "{", "}"));
        return LdmCheckpoint.of(TensorFiles.open(
                Files.write(folder.resolve("claims.ckpt"), Damaged.withHeader(header.getBytes(UTF_8), 0))));
    }

    @Test
    void refusesMoreLevelsBlocksAndLayersThanAnyModelHas() throws IOException {
        LdmCheckpoint unet =
                checkpoint("[1,0]", i -> "model.diffusion_model.input_blocks.%d.0.in_layers.2.weight".formatted(i));
        assertThatThrownBy(() -> unet.unetConfig())
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("claims.ckpt", "more than 128 input_blocks");
        LdmCheckpoint vae =
                checkpoint("[1,0]", i -> "first_stage_model.encoder.down.%d.block.0.conv1.weight".formatted(i));
        assertThatThrownBy(vae::vaeFacts)
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("claims.ckpt", "more than 128 of first_stage_model.encoder.down.0");
    }

    @Test
    void refusesWidthsThatNoModelHas() throws IOException {
        for (String shape : new String[] {"[0,2147483647]", "[2147483647,0]", "[1048577,0]"}) {
            LdmCheckpoint vae = checkpoint(
                    shape, i -> "first_stage_model.encoder." + (i == 0 ? "down.0.block.0.conv1.weight" : "x" + i));
            assertThatThrownBy(vae::vaeFacts)
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("claims.ckpt", "is no tensor of Stable Diffusion 1.x");
        }
    }
}
