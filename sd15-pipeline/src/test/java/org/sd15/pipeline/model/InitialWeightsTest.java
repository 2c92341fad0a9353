package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Fixture;

/** Parts from their configuration, against diffusers 0.42.1; the recipe is {@code tools/reference/initial_weights.py}. */
class InitialWeightsTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");

    @TempDir
    private Path folder;

    private Path configuration() throws IOException {
        for (String file :
                List.of("model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json")) {
            Path target = folder.resolve(file);
            Files.createDirectories(target.getParent());
            Files.copy(SHAPES.resolve(file), target);
        }
        return folder;
    }

    /** The same bits as {@code torch.manual_seed(42)} and then {@code from_config} for each. */
    @Test
    void unetAndAutoencoderAreThoseOfDiffusersBitByBit() throws Exception {
        try (ModelFiles files = ModelFiles.open(configuration()).drawingMissingParts(42)) {
            assertThat(files.hasWeights(ModelPart.UNET)).isFalse();
            assertThat(digest(files.unet().weights()))
                    .isEqualTo("9dc15a54e41d5f19d0ab09b30e046f3a7631a950548daaf0f1f28068d3fbe0f3");
            assertThat(digest(files.vae().weights()))
                    .isEqualTo("8cc43197db27c2c276bd8d3ce47f5fd725b6122553dbf3eacf74ad72795b5c24");
        }
    }

    private static String digest(Map<String, INDArray> weights) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        for (Map.Entry<String, INDArray> weight : new TreeMap<>(weights).entrySet()) {
            sha.update(weight.getKey().getBytes(StandardCharsets.UTF_8));
            float[] values = weight.getValue().dup('c').data().asFloat();
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            sha.update(bytes.array());
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    /** 128 wide, 3 layers; deviations by the formulas of {@code CLIPPreTrainedModel._init_weights}, five sigma wide. */
    @Test
    void textEncoderHasTheSpreadOfTransformers() throws Exception {
        try (ModelFiles files = ModelFiles.open(configuration()).drawingMissingParts(42);
                ClipTextEncoder encoder = files.textEncoder()) {
            Map<String, INDArray> weights = encoder.weights();
            String layer = "text_model.encoder.layers.1.";
            assertNormal(weights, "text_model.embeddings.token_embedding.weight", 0.02);
            assertNormal(weights, "text_model.embeddings.position_embedding.weight", 0.02);
            assertNormal(weights, layer + "self_attn.q_proj.weight", 1 / Math.sqrt(128 * 6));
            assertNormal(weights, layer + "self_attn.out_proj.weight", 1 / Math.sqrt(128));
            assertNormal(weights, layer + "mlp.fc1.weight", 1 / Math.sqrt(256));
            assertNormal(weights, layer + "mlp.fc2.weight", 1 / Math.sqrt(128 * 6));
            weights.forEach((name, array) -> {
                if (array.rank() == 1) {
                    assertThat(array.dup().data().asDouble()).as(name).containsOnly(name.endsWith("bias") ? 0 : 1);
                }
            });
        }
    }

    private static void assertNormal(Map<String, INDArray> weights, String name, double std) {
        INDArray array = Objects.requireNonNull(weights.get(name)).castTo(DataType.DOUBLE);
        double length = array.length();
        assertThat(array.meanNumber().doubleValue()).as(name).isCloseTo(0, within(5 * std / Math.sqrt(length)));
        assertThat(array.stdNumber().doubleValue()).as(name).isCloseTo(std, within(5 * std / Math.sqrt(2 * length)));
    }

    @Test
    void whatHasWeightsKeepsThemAndNothingIsDrawnUnasked() throws Exception {
        configuration();
        String file = "vae/diffusion_pytorch_model.safetensors";
        Files.copy(SHAPES.resolve(file), folder.resolve(file));
        try (ModelFiles files = ModelFiles.open(folder).drawingMissingParts(42);
                ModelFiles original = ModelFiles.open(SHAPES)) {
            assertThat(files.vae().weights()).isEqualTo(original.vae().weights());
        }
        try (ModelFiles files = ModelFiles.open(folder)) {
            assertThatThrownBy(files::unet).isInstanceOf(ImportException.class).hasMessageContaining("has no weights");
        }
    }
}
