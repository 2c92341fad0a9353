package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** Models from disk: every part, every format, and what is said when something does not fit. */
class ModelFilesTest {

    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";
    private static final Path FOREIGN = Fixture.resource("import", "foreign/diffusers");

    @TempDir
    private Path model;

    @BeforeEach
    void copyAModel() throws IOException {
        try (var files = Files.walk(FOREIGN)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = model.resolve(FOREIGN.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @Test
    void aFolderGivesItsParts() throws IOException {
        try (ModelFiles files = ModelFiles.open(model);
                UNet unet = files.unet();
                Vae vae = files.vae();
                ClipTextEncoder text = files.textEncoder()) {
            assertThat(unet.config().blockOutChannels()).containsExactly(8, 16, 16, 16);
            assertThat(vae.config().blockOutChannels()).containsExactly(4, 8, 8, 8);
            assertThat(text.config().hiddenSize()).isEqualTo(16);
            assertThat(files.scheduler()).isInstanceOf(PndmScheduler.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet.bin", "unet-legacy.bin"})
    void torchsFormatsGiveTheSamePrediction(String name) throws IOException {
        INDArray expected = predict();
        Files.delete(model.resolve(UNET));
        Files.copy(Fixture.resource("import", "foreign/" + name), model.resolve("unet/diffusion_pytorch_model.bin"));
        assertSameBits(name, predict(), expected);
    }

    /** The reference rounded the same weights with PyTorch; here they are rounded by their bits. */
    @Test
    void bfloat16GivesThePredictionOfTheRoundedWeights() throws IOException {
        Fixture weights = Fixture.open(model.resolve(UNET));
        SafetensorsWriter rounded = SafetensorsWriter.create();
        for (String name : weights.names()) {
            rounded.add(name, roundedToBFloat16(weights.get(name)), DType.F32);
        }
        rounded.write(model.resolve(UNET));
        INDArray expected = predict();
        Files.copy(
                Fixture.resource("import", "foreign/unet-bf16.safetensors"),
                model.resolve(UNET),
                StandardCopyOption.REPLACE_EXISTING);
        assertSameBits("bfloat16", predict(), expected);
    }

    /** To the nearest number with 8 significant bits; to the even one where two are as near. */
    private static INDArray roundedToBFloat16(INDArray array) {
        float[] values = array.dup('c').data().asFloat();
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            values[i] = Float.intBitsToFloat((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
        }
        return Nd4j.create(values, array.shape(), 'c');
    }

    @Test
    void oldNamesOfTheAutoencodersAttentionAreKnown() throws IOException {
        INDArray latents = Rule.input("latents", DataType.FLOAT, 1, 4, 4, 4);
        INDArray expected = decode(latents);
        Path weights = model.resolve("vae/diffusion_pytorch_model.safetensors");
        Files.delete(weights);
        Files.copy(Fixture.resource("import", "foreign/vae-old-names.safetensors"), weights);
        assertSameBits("decoded", decode(latents), expected);
    }

    private INDArray decode(INDArray latents) throws IOException {
        try (ModelFiles files = ModelFiles.open(model);
                Vae vae = files.vae()) {
            return vae.decode(latents);
        }
    }

    private INDArray predict() throws IOException {
        try (ModelFiles files = ModelFiles.open(model);
                UNet unet = files.unet()) {
            return unet.predict(UNetInput.of(
                    Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                    500,
                    Rule.input("context", DataType.FLOAT, 1, 7, 16)));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            unet/config.json           | "act_fn": "silu"                    | "act_fn": "mish"              | act_fn is "mish"
            unet/config.json           | "attention_head_dim": 8             | "attention_head_dim": 3       | 3 heads do not divide
            vae/config.json            | "shift_factor": null                | "shift_factor": 0.1           | shift_factor is 0.1
            vae/config.json            | "norm_num_groups": 4                | "norm_num_groups": 3          | 3 groups (norm_num_groups) do not divide
            text_encoder/config.json   | "hidden_act": "quick_gelu"          | "hidden_act": "gelu"          | hidden_act is "gelu", must be "quick_gelu"
            text_encoder/config.json   | "num_attention_heads": 2            | "num_attention_heads": 3      | num_attention_heads is 3
            scheduler/scheduler_config.json | "beta_schedule": "scaled_linear" | "beta_schedule": "magic"   | beta_schedule
            scheduler/scheduler_config.json | "PNDMScheduler"                 | "FlowMatchEulerDiscreteScheduler" | FlowMatchEulerDiscreteScheduler
            """)
    void whatIsNotImplementedIsRefusedByFileKeyAndValue(String name, String before, String after, String message)
            throws IOException {
        Path file = model.resolve(name);
        String text = Files.readString(file);
        assertThat(text).contains(before);
        Files.writeString(file, text.replace(before, after));
        assertThatThrownBy(() -> {
                    try (ModelFiles files = ModelFiles.open(model)) {
                        files.scheduler();
                        files.textEncoder().close();
                        files.unet().close();
                        files.vae().close();
                    }
                })
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void weightsOfAnotherModelAreRefusedWithAllThatIsWrong() throws IOException {
        Path config = model.resolve("unet/config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"cross_attention_dim\": 16", "\"cross_attention_dim\": 24"));
        try (ModelFiles files = ModelFiles.open(model)) {
            assertThatThrownBy(files::unet)
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining("32 of the wrong shape")
                    .hasMessageContaining("attn2.to_k.weight is [8, 16], must be [8, 24]");
        }
    }

    @Test
    void aModelWithoutAComponentSaysWhatIsThere() throws IOException {
        Files.delete(model.resolve("vae/diffusion_pytorch_model.safetensors"));
        try (ModelFiles files = ModelFiles.open(model)) {
            assertThatThrownBy(files::vae)
                    .hasMessageContaining("has no weights")
                    .hasMessageContaining("config.json");
            assertThatThrownBy(files::tokenizer).hasMessageContaining("tokenizer");
        }
    }
}
