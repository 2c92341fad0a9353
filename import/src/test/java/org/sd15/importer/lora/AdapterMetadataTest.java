package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.importer.lora.SmallLora.TO_Q;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.io.ImportException;

/** What diffusers keeps about PEFT's adapters in the metadata of a file. */
class AdapterMetadataTest {

    @TempDir
    private Path folder;

    private SmallLora lora;

    @BeforeEach
    void start() {
        lora = SmallLora.in(folder);
    }

    private double alpha(String module) throws IOException {
        return Objects.requireNonNull(lora.read().layers().get(LoraModule.unet(module)))
                .alpha();
    }

    @Test
    void patternsOfTheMetadataGoBeforeTheGeneralAlpha() throws IOException {
        String other = TO_Q.replace("to_q", "to_k");
        lora.putPair("unet." + TO_Q);
        lora.putPair("unet." + other);
        lora.metadata()
                .put("lora_adapter_metadata", "{\"unet.lora_alpha\": 3, \"unet.alpha_pattern\": {\"attn1.to_k\": 8}}");
        assertThat(alpha(TO_Q)).isEqualTo(3);
        assertThat(alpha(other)).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"unet.alpha_pattern": {"to_q": 8, "attn1.to_q": 9}} | 8
        {"unet.alpha_pattern": {"attn1.to_q": 9, "to_q": 8}} | 9
        {"unet.alpha_pattern": {"o_q": 7, "to_q": 8}}        | 8
        """)
    void theFirstPatternThatFitsHolds(String text, double expected) throws IOException {
        lora.putPair("unet." + TO_Q);
        lora.metadata().put("lora_adapter_metadata", text);
        assertThat(alpha(TO_Q)).isEqualTo(expected);
    }

    /** Its factor is alpha by the root of the rank: 6 / 2 here, as is 12 / 4. */
    @Test
    void rankStabilisedLoraKeepsItsFactor() throws IOException {
        lora.putPair("unet." + TO_Q);
        lora.metadata().put("lora_adapter_metadata", "{\"unet.lora_alpha\": 6, \"unet.use_rslora\": true}");
        assertThat(alpha(TO_Q)).isEqualTo(12);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"unet.fan_in_fan_out": true}                  | unet.fan_in_fan_out, which is not supported
        {"text_encoder.lora_bias": true}               | text_encoder.lora_bias, which is not supported
        {"unet.lora_alpha": "four"}                    | lora_alpha "four", which is not a number
        {"unet.alpha_pattern": {"(a+)+$": 2}}          | only paths are supported
        {"unet.alpha_pattern": {"to_q": []}}           | alpha_pattern [], which is not a number
        {"unet.lora_alpha": 1e308, "unet.use_rslora": true} | which is too large
        [1]                                            | holds no JSON object
        {"unet.r":                                     | is not valid JSON
        """)
    void metadataThatIsNotUnderstoodIsRefused(String text, String message) {
        lora.putPair("unet." + TO_Q);
        lora.metadata().put("lora_adapter_metadata", text);
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("lora_adapter_metadata")
                .hasMessageContaining(message);
    }
}
