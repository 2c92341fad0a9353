package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.Rule;

/** Files that are damaged, of other methods, or for other models: one clear error, nothing loaded. */
class BrokenLoraTest {

    private static final String TO_Q = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
    private static final String KOHYA_TO_Q = "lora_unet_" + TO_Q.replace('.', '_');

    @TempDir
    private Path folder;

    private final Map<String, INDArray> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private LoraWeights read() throws IOException {
        Path path = folder.resolve("lora.safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata);
        tensors.forEach((name, array) ->
                writer.add(name, array, DType.of(array.dataType()).orElseThrow()));
        writer.write(path);
        return LoraFile.read(path, TinyModel.TARGETS);
    }

    private void put(String name, long... shape) {
        tensors.put(name, Rule.input(name, DataType.FLOAT, shape));
    }

    private void putPair(String module) {
        put(module + ".lora_A.weight", 4, 32);
        put(module + ".lora_B.weight", 32, 4);
    }

    private double alpha(String module) throws IOException {
        return Objects.requireNonNull(read().layers().get(LoraModule.unet(module)))
                .alpha();
    }

    @ParameterizedTest
    @CsvSource({
        "dora, 2 tensors of DoRA, dora_scale",
        "loha, 8 tensors of LoHa, hada_w1_a",
        "lokr, 4 tensors of LoKr, lokr_w1",
        "lora_mid, 1 tensors of LoRA with a middle part, lora_mid"
    })
    void relatedMethodsAreRefusedByName(String name, String method, String tensor) {
        Path path = TinyModel.file("refused_" + name + ".safetensors");
        assertThatThrownBy(() -> LoraFile.read(path, TinyModel.TARGETS))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(method)
                .hasMessageContaining(tensor)
                .hasMessageNotContaining("other half");
    }

    @ParameterizedTest
    @CsvSource({
        ".lora_magnitude_vector, DoRA",
        ".lora_magnitude_vector.weight, DoRA",
        ".lora_B.bias, LoRA with a bias",
        ".diff, a full difference of weights",
        ".diff_b, a full difference of biases",
        ".oft_blocks, OFT",
        ".boft_R, BOFT"
    })
    void otherMethodsAreRefusedByName(String ending, String method) {
        putPair("unet." + TO_Q);
        put("unet." + TO_Q + ending, 32, 1);
        assertThatThrownBy(this::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("1 tensors of " + method + ", which is not supported: unet." + TO_Q + ending);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        put(KOHYA_TO_Q.replace("attn1", "atn1") + ".lora_down.weight", 4, 32);
        put(KOHYA_TO_Q.replace("attn1", "atn1") + ".lora_up.weight", 32, 4);
        put("lora_unet_conv_in.lora_down.weight", 4, 4, 1, 1);
        put("lora_unet_conv_in.lora_up.weight", 32, 5, 1, 1);
        put("lora_unet_conv_out.lora_down.weight", 4, 32, 3, 3);
        put("lora_unet_mid_block_attentions_0_proj_in.alpha");
        put(KOHYA_TO_Q + ".lora_down.weight", 4, 32);
        put(KOHYA_TO_Q + ".lora_up.weight", 32, 4);
        put(KOHYA_TO_Q + ".alpha", 2);
        tensors.get(KOHYA_TO_Q + ".lora_up.weight").putScalar(3, Double.NaN);
        tensors.put("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", Nd4j.ones(DataType.INT32, 4, 32));
        put("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", 128, 4);
        put("noise", 3);
        assertThatThrownBy(this::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("1 modules that the model does not have: " + KOHYA_TO_Q.replace("attn1", "atn1")
                        + " (the model has " + KOHYA_TO_Q + ")")
                .hasMessageContaining(
                        "2 tensors of the wrong shape: lora_unet_conv_in.lora_down.weight is [4, 4, 1, 1],"
                                + " must be [4, 4, 3, 3] for a weight of [32, 4, 3, 3]; lora_unet_conv_in.lora_up.weight is"
                                + " [32, 5, 1, 1], must be [32, 4] for a weight of [32, 4, 3, 3]")
                .hasMessageContaining("2 modules without their other half: ")
                .hasMessageContaining("lora_unet_conv_out.lora_down.weight alone")
                .hasMessageContaining("lora_unet_mid_block_attentions_0_proj_in.alpha alone")
                .hasMessageContaining("1 alphas that are not one number: " + KOHYA_TO_Q + ".alpha F32[2]")
                .hasMessageContaining(
                        "1 tensors with values that are infinite or not a number: " + KOHYA_TO_Q + ".lora_up.weight")
                .hasMessageContaining("1 tensors of a format that is not for weights")
                .hasMessageContaining("1 tensors that belong to no LoRA: noise F32[3]");
    }

    @Test
    void aLoraForAnotherModelIsRefusedInOneSentence() {
        for (int i = 0; i < 20; i++) {
            put("lora_unet_double_blocks_%d_img_attn_proj.lora_down.weight".formatted(i), 4, 32);
            put("lora_unet_double_blocks_%d_img_attn_proj.lora_up.weight".formatted(i), 32, 4);
        }
        assertThatThrownBy(this::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("20 modules that the model does not have")
                .hasMessageContaining("and 10 more");
    }

    @Test
    void theSameHalfTwiceIsRefused() {
        putPair("unet." + TO_Q);
        putPair(TO_Q);
        assertThatThrownBy(this::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("2 tensors that are there twice");
    }

    @Test
    void aFileWithoutTensorsIsNoLora() {
        assertThatThrownBy(this::read).isInstanceOf(ImportException.class).hasMessageContaining("is no LoRA");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "base_model.model." + TO_Q,
                "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q",
                TO_Q,
            })
    void modulesGoByOtherNamesToo(String name) throws IOException {
        boolean kohya = name.startsWith("lora_unet");
        put(name + (kohya ? ".lora_down.weight" : ".lora_A.weight"), 4, 32);
        put(name + (kohya ? ".lora_up.weight" : ".lora_B.weight"), 32, 4);
        assertThat(read().layers()).containsOnlyKeys(LoraModule.unet(TO_Q));
    }

    @Test
    void patternsOfTheMetadataGoBeforeTheGeneralAlpha() throws IOException {
        String other = TO_Q.replace("to_q", "to_k");
        putPair("unet." + TO_Q);
        putPair("unet." + other);
        metadata.put("lora_adapter_metadata", "{\"unet.lora_alpha\": 3, \"unet.alpha_pattern\": {\"attn1.to_k\": 8}}");
        assertThat(alpha(TO_Q)).isEqualTo(3);
        assertThat(alpha(other)).isEqualTo(8);
    }

    /** Its factor is alpha by the root of the rank: 6 / 2 here, as is 12 / 4. */
    @Test
    void rankStabilisedLoraKeepsItsFactor() throws IOException {
        putPair("unet." + TO_Q);
        metadata.put("lora_adapter_metadata", "{\"unet.lora_alpha\": 6, \"unet.use_rslora\": true}");
        assertThat(alpha(TO_Q)).isEqualTo(12);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"unet.use_dora": true}                        | unet.use_dora, which is not supported
            {"text_encoder.lora_bias": true}               | text_encoder.lora_bias, which is not supported
            {"unet.lora_alpha": "four"}                    | lora_alpha "four", which is not a number
            {"unet.alpha_pattern": {"(a+)+$": 2}}          | only paths are supported
            {"unet.alpha_pattern": {"to_q": []}}           | alpha_pattern [], which is not a number
            [1]                                            | holds no JSON object
            {"unet.r":                                     | is not valid JSON
            """)
    void metadataThatIsNotUnderstoodIsRefused(String text, String message) {
        putPair("unet." + TO_Q);
        metadata.put("lora_adapter_metadata", text);
        assertThatThrownBy(this::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("lora_adapter_metadata")
                .hasMessageContaining(message);
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.safetensors"));
        assertThatThrownBy(() -> LoraFile.read(empty, TinyModel.TARGETS))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("is empty");
    }

    /** Cut anywhere, or with one byte changed in its header: an error of the importer, or a LoRA; nothing else. */
    @Test
    void damagedFilesAreRefusedOrUnderstood() throws IOException {
        byte[] whole = Files.readAllBytes(TinyModel.file("peft_alpha.safetensors"));
        int header = Long.BYTES + whole[0] & 0xFF | (whole[1] & 0xFF) << 8;
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (int i = 0; i < 60; i++) {
            byte[] damaged = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            if (i % 2 == 1) {
                damaged[random.nextInt(header)] ^= (byte) (1 << random.nextInt(7));
            }
            Path path = Files.write(folder.resolve(i + ".safetensors"), damaged);
            try (TensorFile file = TensorFiles.open(path)) {
                assertThat(LoraFile.read(file, TinyModel.TARGETS).layers()).isNotEmpty();
            } catch (ImportException expected) {
                assertThat(expected).hasMessageContaining(path.toString());
                refused++;
            }
            Files.delete(path);
        }
        assertThat(refused).isGreaterThan(40);
    }
}
