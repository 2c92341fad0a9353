package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.importer.lora.SmallLora.TO_Q;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.torch.TorchWriter;

/** Files that are damaged, of other methods, or for other models: one clear error, nothing loaded. */
class BrokenLoraTest {

    private static final String KOHYA_TO_Q = "lora_unet_" + TO_Q.replace('.', '_');

    @TempDir
    private Path folder;

    private SmallLora lora;

    @BeforeEach
    void start() {
        lora = SmallLora.in(folder);
    }

    /** LyCORIS's {@code down} is 1x1 then. */
    @Test
    void aKernelIsInOnePlace() {
        Path path = TinyModel.file("refused_lora_mid.safetensors");
        assertThatThrownBy(() -> LoraFile.read(path, TinyModel.TARGETS))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(
                        "lora_down.weight is [4, 32, 3, 3], must be [4, 32] for a weight of [32, 32, 3, 3]")
                .hasMessageNotContaining("other half");
    }

    @ParameterizedTest
    @CsvSource({
        ".lora_B.bias, LoRA with a bias",
        ".oft_r, 'OFT of PEFT before 0.14, which later versions can''t read either'",
        ".boft_R, BOFT",
        ".hada_w3, another form of LoHa"
    })
    void otherMethodsAreRefusedByName(String ending, String method) {
        lora.putPair("unet." + TO_Q);
        lora.put("unet." + TO_Q + ending, 32, 1);
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("1 tensors of " + method + ", which is not supported: unet." + TO_Q + ending);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        lora.put(KOHYA_TO_Q.replace("attn1", "atn1") + ".lora_down.weight", 4, 32);
        lora.put(KOHYA_TO_Q.replace("attn1", "atn1") + ".lora_up.weight", 32, 4);
        lora.put("lora_unet_conv_in.lora_down.weight", 4, 4, 1, 1);
        lora.put("lora_unet_conv_in.lora_up.weight", 32, 5, 1, 1);
        lora.put("lora_unet_conv_out.lora_down.weight", 4, 32, 3, 3);
        lora.put("lora_unet_mid_block_attentions_0_proj_in.alpha");
        lora.put(KOHYA_TO_Q + ".lora_down.weight", 4, 32);
        lora.put(KOHYA_TO_Q + ".lora_up.weight", 32, 4);
        lora.put(KOHYA_TO_Q + ".alpha", 2);
        lora.tensors().get(KOHYA_TO_Q + ".lora_up.weight").putScalar(3, Double.NaN);
        lora.tensors()
                .put("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", Nd4j.ones(DataType.INT32, 4, 32));
        lora.put("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", 128, 4);
        lora.put("noise", 3);
        assertThatThrownBy(lora::read)
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
        for (int i = 0; i < 2000; i++) {
            lora.put("lora_unet_double_blocks_%d_img_attn_proj.lora_down.weight".formatted(i), 4, 32);
            lora.put("lora_unet_double_blocks_%d_img_attn_proj.lora_up.weight".formatted(i), 32, 4);
        }
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("2000 modules that the model does not have")
                .hasMessageContaining("and 1990 more");
    }

    @Test
    void theSameHalfTwiceIsRefused() {
        lora.putPair("unet." + TO_Q);
        lora.putPair(TO_Q);
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("2 tensors that are there twice");
    }

    @Test
    void aFileWithoutTensorsIsNoLora() {
        assertThatThrownBy(lora::read).isInstanceOf(ImportException.class).hasMessageContaining("is no LoRA");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "base_model.model." + TO_Q,
                "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q",
                "lycoris_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q",
                TO_Q,
            })
    void modulesGoByOtherNamesToo(String name) throws IOException {
        boolean kohya = name.startsWith("lora_unet");
        lora.put(name + (kohya ? ".lora_down.weight" : ".lora_A.weight"), 4, 32);
        lora.put(name + (kohya ? ".lora_up.weight" : ".lora_B.weight"), 32, 4);
        assertThat(lora.read().layers()).containsOnlyKeys(LoraModule.unet(TO_Q));
    }

    @Test
    void adaptersMayHaveTheirNameInTheTensors() throws IOException {
        lora.put("base_model.model." + TO_Q + ".lora_A.default.weight", 4, 32);
        lora.put("base_model.model." + TO_Q + ".lora_B.default.weight", 32, 4);
        assertThat(lora.read().layers()).containsOnlyKeys(LoraModule.unet(TO_Q));
    }

    /** Diffusers wrote {@code pytorch_lora_weights.bin} before safetensors. */
    @Test
    void pytorchFilesAreRead() throws IOException {
        lora.putPair("unet." + TO_Q);
        Path path = folder.resolve("pytorch_lora_weights.bin");
        TorchWriter.write(path, lora.tensors());
        assertThat(LoraFile.read(path, TinyModel.TARGETS).layers()).containsOnlyKeys(LoraModule.unet(TO_Q));
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
