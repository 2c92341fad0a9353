package org.sd15.pipeline.training.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.tensor.TensorFile;

/**
 * A process that writes sixteen models at once, again and again, is shot; each of them is in the middle of something,
 * and one is seen between its two files, if it ever is long enough.
 */
class KilledOutputTest {

    private static final int MODELS = 16;
    private static final long PATIENCE_SECONDS = 120;
    private static final int MOMENT_MILLIS = 700;

    @TempDir
    private Path root;

    @BeforeEach
    void describeAModel() throws IOException {
        Path start = Files.createDirectories(root.resolve("start"));
        Files.writeString(start.resolve(ModelFolder.INDEX), """
            {"_class_name": "StableDiffusionPipeline",
             "unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["transformers", "CLIPTextModel"]}
            """);
        for (String part : List.of("unet", "text_encoder")) {
            Files.createDirectories(start.resolve(part));
            Files.writeString(start.resolve(part).resolve("config.json"), "{}");
        }
    }

    @Test
    void aModelThatWasShotWhileItWasWrittenIsOfOneKind() throws Exception {
        Process process = start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!IntStream.range(0, MODELS).allMatch(this::stands)) {
                assertThat(process.isAlive() && System.nanoTime() < end)
                        .as(() -> "no longer writing, or too slow: " + log())
                        .isTrue();
                Thread.sleep(10);
            }
            long enough = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOMENT_MILLIS);
            while (System.nanoTime() < enough && IntStream.range(0, MODELS).noneMatch(this::isInBetween)) {
                assertThat(process.isAlive()).as(this::log).isTrue();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        for (int number = 0; number < MODELS; number++) {
            Path model = KilledOutputs.target(root, number);
            ModelFolder folder = ModelFolder.open(model);
            assertThat(number(folder, "unet")).as(model.toString()).isEqualTo(number(folder, "text_encoder"));
            TrainingOutput.folder(root.resolve("start"), KilledOutputs.weights(0), true, Map.of(), model);
            assertThat(number(folder, "unet")).isZero();
            assertThat(model.resolve(FolderUpdate.STAGING)).doesNotExist();
        }
    }

    private boolean stands(int number) {
        Path model = KilledOutputs.target(root, number);
        return Files.exists(model.resolve(ModelFolder.INDEX))
                && Files.exists(model.resolve("text_encoder/model.safetensors"));
    }

    /** The UNet's file, which is written first, is newer than the text encoder's. */
    private boolean isInBetween(int number) {
        Path model = KilledOutputs.target(root, number);
        return modified(model.resolve("unet/diffusion_pytorch_model.safetensors"))
                > modified(model.resolve("text_encoder/model.safetensors"));
    }

    private static long modified(Path file) {
        return file.toFile().lastModified();
    }

    private static float number(ModelFolder folder, String part) throws IOException {
        try (TensorFile file = folder.component(part).tensors()) {
            INDArray values = file.load("w", DataType.FLOAT);
            assertThat(values.minNumber()).isEqualTo(values.maxNumber());
            return values.getFloat(0);
        }
    }

    private String log() {
        try {
            return Files.readString(root.resolve("log"));
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    private Process start() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String main = KilledOutputs.class.getName();
        return new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", classPath, main, root.toString(), "" + MODELS)
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("log").toFile())
                .start();
    }
}
