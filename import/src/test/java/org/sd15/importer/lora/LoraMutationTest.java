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
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.Damaged;
import org.sd15.testing.ScratchFile;

/** Whatever the bytes, a LoRA of any layout is understood or refused in one way. */
@Tag("fuzz")
class LoraMutationTest {

    private static final String[] HEADER_WORDS = {
        ".lora_B.weight",
        ".alpha",
        "alpha_pattern",
        "1e308",
        "use_rslora\\\": true",
        "[64, 32]",
        ".lokr_w2",
        ".oft_R.weight",
        ".ia3_l",
        ".diff_b",
        "[8, 4, 4]"
    };
    private static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";

    @TempDir
    private Path folder;

    @Test
    void understandsOrRefusesDamagedFiles() throws IOException {
        checkFiles(8, samples());
    }

    /** The length before the header is right, whatever was done to it. */
    @Test
    void understandsOrRefusesDamagedHeaders() throws IOException {
        checkHeaders(9, samples());
    }

    @Test
    void understandsOrRefusesDamagedFilesOfOtherKinds() throws IOException {
        checkFiles(10, List.of(ofLycoris(), ofPeft()));
    }

    @Test
    void understandsOrRefusesDamagedHeadersOfOtherKinds() throws IOException {
        checkHeaders(11, List.of(ofLycoris()));
    }

    private void checkFiles(long seed, List<byte[]> samples) throws IOException {
        assertThat(Damaged.run(seed, 4)
                        .over(samples)
                        .words(
                                ".lora_A.weight",
                                ".alpha",
                                ".dora_scale",
                                ".hada_w1_a",
                                ".on_input",
                                "unet.",
                                "lora_te_")
                        .check(folder.resolve("fuzz.safetensors"), file -> LoraFile.read(file, TinyModel.TARGETS))
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    private void checkHeaders(long seed, List<byte[]> samples) throws IOException {
        List<byte[]> headers = samples.stream().map(Damaged::headerOf).toList();
        int dataBytes = samples.get(0).length - Long.BYTES - headers.get(0).length;
        Path file = folder.resolve("fuzz.safetensors");
        assertThat(Damaged.run(seed, 4)
                        .over(headers)
                        .words(HEADER_WORDS)
                        .check(file.toString(), header -> {
                            ScratchFile.write(file, Damaged.withHeader(header, dataBytes & -Long.BYTES));
                            LoraFile.read(file, TinyModel.TARGETS);
                        })
                        .understood())
                .as("headers that changed harmlessly")
                .isPositive();
    }

    /** A module for each kind under kohya's names. */
    private byte[] ofLycoris() throws IOException {
        SmallLora lora = SmallLora.in(folder);
        String attention = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_";
        lora.put(attention + "to_q.hada_w1_a", 32, 1);
        lora.put(attention + "to_q.hada_w1_b", 1, 32);
        lora.put(attention + "to_q.hada_w2_a", 32, 1);
        lora.put(attention + "to_q.hada_w2_b", 1, 32);
        lora.tensors().put(attention + "to_q.alpha", Nd4j.scalar(DataType.LONG, 1));
        lora.put(attention + "to_k.lokr_w1", 4, 4);
        lora.put(attention + "to_k.lokr_w2_a", 8, 1);
        lora.put(attention + "to_k.lokr_w2_b", 1, 8);
        lora.put(attention + "to_k.dora_scale", 1, 32);
        lora.put(attention + "to_v.oft_blocks", 8, 4, 4);
        lora.put(attention + "to_v.rescale", 32, 1);
        lora.put(attention + "to_v.alpha");
        lora.put("lora_te_text_model_encoder_layers_0_self_attn_q_proj.weight", 32);
        lora.tensors()
                .put("lora_te_text_model_encoder_layers_0_self_attn_q_proj.on_input", Nd4j.scalar(DataType.LONG, 1));
        lora.put("lora_unet_conv_in.lora_down.weight", 1, 4, 1, 1);
        lora.put("lora_unet_conv_in.lora_mid.weight", 1, 1, 3, 3);
        lora.put("lora_unet_conv_in.lora_up.weight", 32, 1, 1, 1);
        lora.put("lora_unet_conv_norm_out.w_norm", 32);
        lora.put("lora_unet_conv_norm_out.b_norm", 32);
        return bytes(lora);
    }

    /** Without PEFT's own prefix, which asks for its configuration. */
    private byte[] ofPeft() throws IOException {
        SmallLora lora = SmallLora.in(folder);
        lora.put("unet." + SmallLora.TO_Q + ".lora_A.weight", 1, 32);
        lora.put("unet." + SmallLora.TO_Q + ".lora_B.weight", 32, 1);
        lora.put("unet." + SmallLora.TO_Q + ".lora_magnitude_vector", 32);
        lora.put("unet.conv_in.oft_R.weight", 1, 6);
        lora.put("text_encoder." + TEXT + ".ia3_l", 32, 1);
        return bytes(lora);
    }

    private static byte[] bytes(SmallLora lora) throws IOException {
        lora.read();
        return Files.readAllBytes(lora.folder().resolve("lora.safetensors"));
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
