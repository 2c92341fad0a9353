package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.importer.lora.SmallLora.TO_Q;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.Damaged;
import org.sd15.importer.io.ImportException;

/** What PEFT keeps beside its files, and the names and alphas of files that others have converted. */
class AdapterConfigTest {

    private static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";

    @TempDir
    private Path folder;

    private SmallLora lora;

    @BeforeEach
    void start() {
        lora = SmallLora.in(folder);
    }

    private void write(String text) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), text);
    }

    private static double alpha(LoraWeights read) {
        return Objects.requireNonNull(read.layers().get(LoraModule.unet(TO_Q))).alpha();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"peft_type": "LORA", "r": 4, "lora_alpha": 16}                             | 16
        {"lora_alpha": 16, "alpha_pattern": {"attn1.to_q": 2}}                      | 2
        {"lora_alpha": 6, "use_rslora": true, "lora_dropout": NaN}                  | 12
        {"lora_alpha": 8, "init_lora_weights": true, "use_dora": false, "bias": "none"} | 8
        {"r": 4}                                                                    | 4
        """)
    void alphaIsThatOfTheConfiguration(String text, double expected) throws IOException {
        lora.putPair("base_model.model." + TO_Q);
        write(text);
        assertThat(alpha(lora.read())).isEqualTo(expected);
    }

    @Test
    void theFolderStandsForItsFile() throws IOException {
        lora.putPair("base_model.model." + TO_Q);
        lora.read();
        assertThatThrownBy(() -> LoraFile.read(folder, TinyModel.TARGETS))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll(folder + ": is a folder without a LoRA", "adapter_model.safetensors");
        Files.move(folder.resolve("lora.safetensors"), folder.resolve("adapter_model.safetensors"));
        write("{\"lora_alpha\": 16}");
        assertThat(alpha(LoraFile.read(folder, TinyModel.TARGETS))).isEqualTo(16);
    }

    /** Without it, or where a file has another one's names, alpha is the rank; metadata go before it. */
    @Test
    void onlyFilesOfPeftAreMeant() throws IOException {
        lora.putPair("base_model.model." + TO_Q);
        assertThat(alpha(lora.read())).isEqualTo(4);
        write("{\"lora_alpha\": 16}");
        lora.metadata().put("lora_adapter_metadata", "{\"unet.lora_alpha\": 3}");
        assertThat(alpha(lora.read())).isEqualTo(3);
        SmallLora other = SmallLora.in(folder);
        other.putPair("unet." + TO_Q);
        assertThat(alpha(other.read())).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"peft_type": "VERA"}                          | peft_type is VERA, which is not supported
        {"peft_type": "LOHA"}                          | of another method than peft_type LOHA
        {"use_dora": true}                             | without the lora_magnitude_vector that use_dora of
        {"fan_in_fan_out": true}                       | fan_in_fan_out, which is not supported
        {"init_lora_weights": "pissa_niter_4"}         | init_lora_weights is pissa_niter_4
        {"layer_replication": [[0, 4]]}                | layer_replication
        {"lora_alpha": Infinity}                       | lora_alpha "Infinity", which is not a number
        {"alpha_pattern": {".*": 2}}                   | only paths are supported
        [1]                                            | holds no JSON object
        """)
    void whatWouldChangeTheWeightsIsRefusedByKey(String text, String message) throws IOException {
        lora.putPair("base_model.model." + TO_Q);
        write(text);
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("adapter_config.json")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te1_encoder_layers_0_self_attn_q_proj",
        "lora_text_encoder_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_text_encoder_1_encoder_layers_0_self_attn_q_proj",
        "lycoris_text_model_encoder_layers_0_self_attn_q_proj",
        "lycoris_encoder_layers_0_self_attn_q_proj"
    })
    void theTextEncoderHasManyNames(String name) throws IOException {
        lora.put(name + ".lora_down.weight", 4, 32);
        lora.put(name + ".lora_up.weight", 32, 4);
        assertThat(lora.read().layers()).containsOnlyKeys(LoraModule.textEncoder(TEXT));
    }

    @Test
    void alphasMayBeOfAnyKindOfNumber() throws IOException {
        for (DataType type : List.of(DataType.LONG, DataType.INT, DataType.DOUBLE, DataType.HALF)) {
            lora.putPair(TO_Q);
            lora.tensors().put(TO_Q + ".alpha", Nd4j.scalar(type, 3));
            LoraWeights read = lora.read();
            assertThat(alpha(read)).as(type.name()).isEqualTo(3);
            Path again = folder.resolve("again.safetensors");
            LoraFile.write(read, LoraFormat.KOHYA, again);
            assertThat(alpha(LoraFile.read(again, TinyModel.TARGETS))).isEqualTo(3);
        }
    }

    @Test
    @Tag("fuzz")
    void understandsOrRefusesDamagedConfigurations() throws IOException {
        lora.putPair("base_model.model." + TO_Q);
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        lora.read();
        Path weights = folder.resolve("lora.safetensors");
        byte[] sample =
                "{\"peft_type\": \"LORA\", \"lora_alpha\": 16.5, \"alpha_pattern\": {\"to_q\": 2}}".getBytes("UTF-8");
        assertThat(Damaged.run(41, 2)
                        .over(List.of(sample))
                        .words("use_rslora", "1e308", "init_lora_weights", "layer_replication", "NaN")
                        .check(folder.resolve("adapter_config.json"), file -> LoraFile.read(weights, TinyModel.TARGETS))
                        .understood())
                .isPositive();
    }
}
