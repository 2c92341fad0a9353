package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.testing.Fixture;

/** Weights that are not numbers don't become pictures: whatever part has them, the error names file, tensor and place. */
class PoisonedModelTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");

    @TempDir
    private Path folder;

    /** A copy of the small model in which one value of one tensor is another. */
    private Path model(String part, String tensor, float value) throws IOException {
        try (Stream<Path> files = Files.walk(SHAPES)) {
            for (Path file : files.toList()) {
                Path copy = folder.resolve(SHAPES.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        Path path = folder.resolve(part);
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(file.getLong(0));
        JsonNode entry = JsonMapper.builder()
                .build()
                .readTree(new String(file.array(), Long.BYTES, header, StandardCharsets.UTF_8))
                .get(tensor);
        assertThat(entry.get("dtype").asText()).isEqualTo("F32");
        file.putFloat(Long.BYTES + header + entry.get("data_offsets").get(0).asInt() + Float.BYTES, value);
        Files.write(path, file.array());
        return folder;
    }

    @ParameterizedTest
    @CsvSource({
        "text_encoder/model.safetensors, encoder.layers.1.mlp.fc1.weight, NaN",
        "unet/diffusion_pytorch_model.safetensors, mid_block.resnets.0.conv1.weight, Infinity",
        "unet/diffusion_pytorch_model.safetensors, down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight,"
                + " NaN",
        "vae/diffusion_pytorch_model.safetensors, decoder.up_blocks.1.resnets.0.conv1.weight, NaN",
        "vae/diffusion_pytorch_model.safetensors, decoder.conv_out.weight, -Infinity"
    })
    void drawsNothingAndNamesTheTensor(String part, String tensor, float value) throws Exception {
        try (StableDiffusion model = StableDiffusion.load(model(part, tensor, value))) {
            assertThatThrownBy(() -> model.decode(model.generate(GenerationRequest.of(ShapesModel.CIRCLE)
                                    .steps(1)
                                    .build())
                            .finish()))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContainingAll(folder.resolve(part).toString(), tensor + " is " + value + " at [");
        }
    }

    @Test
    void encodesNothingWithAnEncoderThatIsNoNumber() throws Exception {
        String part = "vae/diffusion_pytorch_model.safetensors";
        try (StableDiffusion model = StableDiffusion.load(model(part, "encoder.conv_in.bias", Float.NaN))) {
            assertThatThrownBy(() -> model.vae().encode(Nd4j.zeros(DataType.FLOAT, 1, 3, 32, 32)))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContainingAll(part, "encoder.conv_in.bias is NaN at [1]");
        }
    }

    @Test
    void saysWhenWhatItWasGivenIsToBlame() throws Exception {
        try (StableDiffusion model = ShapesModel.load()) {
            INDArray latents = ShapesModel.noise().dup();
            latents.putScalar(new int[] {0, 2, 5, 7}, Float.NaN);
            assertThatThrownBy(() -> model.decode(latents))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("the latents given is NaN at [0, 2, 5, 7]");
            assertThatThrownBy(() -> model.generate(GenerationRequest.of(ShapesModel.CIRCLE)
                                    .steps(2)
                                    .latents(latents)
                                    .build())
                            .finish())
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageStartingWith("step 1 of 3: ") // PNDM does the second of its steps twice
                    .hasMessageContaining("the sample given is NaN at [0, 2, 5, 7]");
        }
    }

    @Test
    void aColourThatIsNoNumberIsNotWritten() {
        for (float colour : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            INDArray pictures = Nd4j.zeros(DataType.FLOAT, 2, 3, 4, 4);
            pictures.putScalar(new int[] {1, 2, 3, 0}, colour);
            assertThatThrownBy(() -> Pictures.toImages(pictures))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining(colour + " at [1, 2, 3, 0]");
        }
        assertThat(Pictures.toImages(Nd4j.valueArrayOf(new long[] {1, 3, 2, 2}, 3e38f, DataType.FLOAT)))
                .as("large values are white, even if they can't be added up")
                .extracting(image -> image.getRGB(0, 0))
                .isEqualTo(List.of(0xFFFFFFFF));
    }
}
