package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/** What happens to the numbers of a model that is converted. */
class ConvertedWeightsTest {

    private static final Path FOREIGN = Fixture.resource("import", "foreign/diffusers");
    private static final List<String> WEIGHTS = List.of(
            "unet/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "text_encoder/model.safetensors");
    private static final String TO_V = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v";
    private static final String FC1 = "text_model.encoder.layers.0.mlp.fc1";

    @TempDir
    private Path folder;

    private static JsonNode json(Path path) throws IOException {
        return new ObjectMapper().readTree(path.toFile());
    }

    private static JsonNode record(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            return new ObjectMapper().readTree(file.metadata().get("sd15_conversion"));
        }
    }

    private void assertNothingLeftAside() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void allWeightsTakeTheWantedFormat() throws IOException {
        for (DType dtype : List.of(DType.F16, DType.BF16)) {
            Path single = folder.resolve(dtype + ".safetensors");
            Path out = folder.resolve(dtype.toString());
            ModelConversion.of(FOREIGN).dtype(dtype).write(single);
            ModelConversion.of(FOREIGN).dtype(dtype).write(out);
            List<Path> files = new ArrayList<>(List.of(single));
            WEIGHTS.forEach(name -> files.add(out.resolve(name)));
            for (Path file : files) {
                try (TensorFile tensors = TensorFiles.open(file)) {
                    assertThat(tensors.tensors().values())
                            .isNotEmpty()
                            .allMatch(info -> info.dtype() == dtype || info.dtype() == DType.I64);
                }
                assertThat(record(file).path("dtype").asText()).isEqualTo(dtype.name());
            }
        }
        assertThat(json(folder.resolve("BF16/text_encoder/config.json"))
                        .path("dtype")
                        .asText())
                .isEqualTo("bfloat16");
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).dtype(DType.I32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not in I32");
    }

    @Test
    void whatIsTooLargeForHalfPrecisionIsNotWritten() throws IOException {
        Path model = folder.resolve("large");
        ModelConversion.of(FOREIGN).write(model);
        Path weights = model.resolve(WEIGHTS.get(0));
        try (TensorFile file = TensorFiles.open(weights)) {
            SafetensorsWriter writer = SafetensorsWriter.create();
            for (String name : file.tensors().keySet()) {
                INDArray array = file.load(name, DataType.FLOAT);
                writer.add(name, name.equals("conv_in.bias") ? array.add(65520) : array, DType.F32);
            }
            writer.write(weights);
        }
        Path half = folder.resolve("half");
        assertThatThrownBy(() -> ModelConversion.of(model).dtype(DType.F16).write(half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(half.toString(), "too large for half precision", "conv_in.bias");
        assertThat(half).doesNotExist();
        assertNothingLeftAside();
        ModelConversion.of(model).dtype(DType.BF16).write(half);
    }

    /** The same sums as in a model that runs. */
    @Test
    void lorasAreMergedAndNoted() throws Exception {
        Path lora = folder.resolve("lora.safetensors");
        LoraWeights weights = LoraWeights.builder()
                .unet(TO_V, array("a", 2, 16), array("b", 16, 2), 1)
                .textEncoder(FC1, array("c", 2, 16), array("d", 64, 2), 1)
                .build();
        LoraFile.write(weights, LoraFormat.PEFT, lora);
        Path out = folder.resolve("out");
        Path single = folder.resolve("out.safetensors");
        ModelConversion.of(FOREIGN).lora(lora, 0.7).write(out);
        ModelConversion.of(FOREIGN).lora(lora, 0.7).write(single);
        try (ModelFiles running = ModelFiles.open(FOREIGN).lora(lora, 0.7);
                ModelFiles converted = ModelFiles.open(out);
                ModelFiles file = ModelFiles.open(single);
                ModelFiles plain = ModelFiles.open(FOREIGN);
                UNet expected = running.unet();
                ClipTextEncoder expectedText = running.textEncoder()) {
            for (ModelFiles files : List.of(converted, file)) {
                try (UNet unet = files.unet();
                        ClipTextEncoder text = files.textEncoder()) {
                    assertSameWeights(unet.weights(), expected.weights());
                    assertSameWeights(text.weights(), expectedText.weights());
                }
            }
            try (UNet unet = plain.unet()) {
                assertThat(unet.weights().get(TO_V + ".weight"))
                        .isNotEqualTo(expected.weights().get(TO_V + ".weight"));
            }
        }
        JsonNode merged = record(single).path("loras").path(0);
        assertThat(record(single).path("from").asText()).isEqualTo("diffusers");
        assertThat(merged.path("file").asText()).isEqualTo("lora.safetensors");
        assertThat(merged.path("scale").asDouble()).isEqualTo(0.7);
        assertThat(merged.path("sha256").asText()).hasSize(64);
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).lora(lora, 1).lora(lora, 1))
                .hasMessageContaining("twice");
    }

    private static void assertSameWeights(Map<String, INDArray> actual, Map<String, INDArray> expected) {
        expected.forEach((name, array) -> assertSameBits(name, actual.get(name), array));
    }

    private static INDArray array(String name, long... shape) {
        return Rule.input(name, DataType.FLOAT, shape);
    }
}
