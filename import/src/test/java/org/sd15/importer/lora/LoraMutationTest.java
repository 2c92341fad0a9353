package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;

/** Whatever the bytes, a LoRA of any layout is understood or refused in one way. */
@Tag("fuzz")
class LoraMutationTest {

    private static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";

    @TempDir
    private Path folder;

    @Test
    void understandsOrRefusesDamagedFiles() throws IOException {
        assertThat(Damaged.run(8, 2)
                        .over(samples())
                        .words(".lora_A.weight", ".alpha", ".dora_scale", ".hada_w1_a", "unet.", "lora_te_")
                        .check(folder.resolve("fuzz.safetensors"), file -> LoraFile.read(file, TinyModel.TARGETS))
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    /** The length before the header is right, whatever was done to it. */
    @Test
    void understandsOrRefusesDamagedHeaders() throws IOException {
        List<byte[]> samples = samples();
        List<byte[]> headers = samples.stream().map(Damaged::headerOf).toList();
        int dataBytes = samples.get(0).length - Long.BYTES - headers.get(0).length;
        Path file = folder.resolve("fuzz.safetensors");
        assertThat(Damaged.run(9, 2)
                        .over(headers)
                        .words(".lora_B.weight", ".alpha", "alpha_pattern", "1e308", "use_rslora\\\": true", "[64, 32]")
                        .check(file.toString(), header -> {
                            Files.write(file, Damaged.withHeader(header, dataBytes & -Long.BYTES));
                            LoraFile.read(file, TinyModel.TARGETS);
                        })
                        .understood())
                .as("headers that changed harmlessly")
                .isPositive();
    }

    /** One module of each model in every layout, and a rank that only the metadata tells from alpha. */
    private List<byte[]> samples() throws IOException {
        LoraWeights lora = LoraWeights.builder()
                .unet(SmallLora.TO_Q, SmallLora.array("a", 2, 32), SmallLora.array("b", 32, 2), 1)
                .textEncoder(TEXT, SmallLora.array("c", 2, 32), SmallLora.array("d", 32, 2), 3)
                .metadata("ss_network_dim", "2")
                .build();
        List<byte[]> samples = new ArrayList<>();
        for (LoraFormat format : LoraFormat.values()) {
            Path file = folder.resolve(format + ".safetensors");
            LoraFile.write(lora, format, file);
            samples.add(Files.readAllBytes(file));
        }
        return samples;
    }
}
