package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.importer.lora.SmallLora.TO_Q;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.io.ImportException;

/** What PEFT's configurations say about other methods than LoRA. */
class PeftMethodsTest {

    private static final String PREFIX = "base_model.model.";
    private static final String PROJ_IN = "down_blocks.0.attentions.0.proj_in";

    @TempDir
    private Path folder;

    private SmallLora lora;

    @BeforeEach
    void start() {
        lora = SmallLora.in(folder);
    }

    private LoraWeights read(String config) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), config);
        return lora.read();
    }

    private static <T extends WeightChange> T change(LoraWeights read, String path, Class<T> type) {
        WeightChange change = Objects.requireNonNull(read.changes().get(LoraModule.unet(path)));
        assertThat(change).isInstanceOf(type);
        return type.cast(change);
    }

    private void assertRefused(String config, String message) {
        assertThatThrownBy(() -> read(config))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("adapter_config.json", message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"peft_type": "LOKR", "r": 4, "alpha": 2}                                  | 0.5
        {"peft_type": "LOKR", "r": 4, "alpha": 2, "rank_pattern": {"to_q": 8}}     | 0.25
        {"peft_type": "LOKR", "r": 4, "alpha": 2, "alpha_pattern": {"to_q": 6}}    | 1.5
        {"peft_type": "LOKR"}                                                      | 1
        """)
    void theRankOfWholeFactorsIsThatOfTheConfiguration(String config, double strength) throws IOException {
        lora.put(PREFIX + TO_Q + ".lokr_w1", 4, 4);
        lora.put(PREFIX + TO_Q + ".lokr_w2", 8, 8);
        assertThat(change(read(config), TO_Q, KroneckerLayer.class).strength()).isEqualTo(strength);
        assertRefused("{\"peft_type\": \"LOKR\", \"r\": 0}", "has the r 0.0 for unet." + TO_Q);
    }

    @Test
    void alphaHasAnotherNameThanThatOfLora() throws IOException {
        for (String part : new String[] {"w1", "w2"}) {
            lora.put(PREFIX + TO_Q + ".hada_" + part + "_a", 32, 2);
            lora.put(PREFIX + TO_Q + ".hada_" + part + "_b", 2, 32);
        }
        LoraWeights read = read("{\"peft_type\": \"LOHA\", \"r\": 2, \"alpha\": 5, \"lora_alpha\": 7}");
        assertThat(change(read, TO_Q, HadamardLayer.class).alpha()).isEqualTo(5);
        assertRefused(
                "{\"peft_type\": \"LOHA\", \"alpha\": \"five\"}", "has the alpha \"five\", which is not a number");
    }

    /** Of a convolution with as many channels before it as after it. */
    @Test
    void theConfigurationTellsWhichChannelsAreScaled() throws IOException {
        lora.put(PREFIX + PROJ_IN + ".ia3_l", 1, 32, 1, 1);
        LoraWeights input = read("{\"peft_type\": \"IA3\", \"feedforward_modules\": [\"to_q\", \"proj_in\"]}");
        assertThat(change(input, PROJ_IN, Scaling.class).axis()).isEqualTo(Axis.INPUT);
        assertThat(input.biases()).isEmpty();
        LoraWeights output = read("{\"peft_type\": \"IA3\", \"feedforward_modules\": [\"to_q\"]}");
        Scaling scaling = change(output, PROJ_IN, Scaling.class);
        assertThat(scaling.axis()).isEqualTo(Axis.OUTPUT);
        assertThat(output.biases()).containsOnlyKeys(LoraModule.unet(PROJ_IN)).containsValue(scaling);
        double factor = lora.tensors().get(PREFIX + PROJ_IN + ".ia3_l").getDouble(5);
        assertThat(scaling.offsets().getDouble(5)).isEqualTo(factor - 1, within(1e-6));
        assertRefused("{\"peft_type\": \"IA3\", \"feedforward_modules\": \".*proj\"}", "only a list is supported");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "num_cayley_neumann_terms": 0      | has the num_cayley_neumann_terms 0.0, must be 1 to 1000
        "num_cayley_neumann_terms": 1e9    | must be 1 to 1000
        "coft": true, "eps": "small"       | has the eps "small", which is not a number
        "fan_in_fan_out": true             | fan_in_fan_out, which is not supported
        """)
    void rotationsThatCantBeMadeAreRefused(String keys, String message) {
        lora.put(PREFIX + TO_Q + ".oft_R.weight", 8, 6);
        assertRefused("{\"peft_type\": \"OFT\", %s}".formatted(keys), message);
    }

    /** Each block to a norm of {@code eps} by the root of the number of blocks, which is one here. */
    @Test
    void constrainedRotationsAreSmall() throws IOException {
        lora.put(PREFIX + TO_Q + ".oft_R.weight", 1, 6);
        String config = "{\"peft_type\": \"OFT\", \"use_cayley_neumann\": false, \"coft\": %s, \"eps\": 1e-3}";
        double free = distance(read(config.formatted("false")));
        double constrained = distance(read(config.formatted("true")));
        assertThat(free).isGreaterThan(1);
        assertThat(constrained).isEqualTo(2e-3, within(1e-5));
    }

    /** How far the rotation is from none: twice the norm of a small matrix. */
    private static double distance(LoraWeights read) {
        var block = change(read, TO_Q, Rotation.class).blocks().slice(0).dup();
        for (int i = 0; i < block.size(0); i++) {
            block.putScalar(i, i, block.getDouble(i, i) - 1);
        }
        return block.norm2Number().doubleValue();
    }
}
