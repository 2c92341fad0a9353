package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** What is chosen of a model where its files leave a choice: variants of its weights. */
class ModelChoiceTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final String WEIGHTS = "unet/diffusion_pytorch_model";

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyAModel() throws IOException {
        model = folder.resolve("model");
        copy(SHAPES, model);
    }

    static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private Path weights(String variant) {
        return model.resolve(WEIGHTS + variant + ".safetensors");
    }

    /** Runs the UNet of the model. */
    private Cli unet(Path out, String... options) throws IOException {
        Path in = folder.resolve("in.safetensors");
        Tensors.write(
                in,
                Map.of(
                        "sample", Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                        "timestep", Nd4j.scalar(500f),
                        "context", Rule.input("context", DataType.FLOAT, 1, 7, 128)));
        List<String> arguments = new ArrayList<>(List.of("run", "unet", "--model", model.toString()));
        arguments.addAll(List.of("--inputs", in.toString(), "--dump", out.toString()));
        arguments.addAll(List.of(options));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private INDArray prediction(String... options) throws IOException {
        Path out = folder.resolve("out.safetensors");
        Cli cli = unet(out, options);
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Objects.requireNonNull(Tensors.readAll(out).get("out"));
    }

    @Test
    void oneOfSeveralVariantsIsChosen() throws IOException {
        INDArray expected = prediction();
        Files.copy(weights(""), weights(".fp16"));
        Files.move(weights(""), weights(".non_ema"));
        Cli refused = unet(folder.resolve("refused.safetensors"));
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.message()).contains("unet: has weights in the variants fp16, non_ema only", "--variant");
        assertThat(folder.resolve("refused.safetensors")).doesNotExist();
        assertSameBits("fp16", prediction("--variant", "fp16"), expected);
        assertSameBits("non_ema", prediction("--variant", "non_ema"), expected);
        Cli unknown = unet(folder.resolve("refused.safetensors"), "--variant", "fp8");
        assertThat(unknown.exit()).isEqualTo(1);
        assertThat(unknown.message()).endsWith("has no weights of variant fp8; it has fp16, non_ema");
    }

    @Test
    void weightsWithoutAVariantComeFirst() throws IOException {
        INDArray expected = prediction();
        Files.writeString(weights(".fp16"), "no weights");
        assertSameBits("plain", prediction(), expected);
        Cli damaged = unet(folder.resolve("refused.safetensors"), "--variant", "fp16");
        assertThat(damaged.exit()).isEqualTo(1);
        assertThat(damaged.message()).contains("diffusion_pytorch_model.fp16.safetensors");
    }

    @Test
    void theOnlyVariantIsTakenAndTold() throws IOException {
        INDArray expected = prediction();
        Files.move(weights(""), weights(".fp16"));
        assertSameBits("the only one", prediction(), expected);
    }

    @Test
    void inspectAndConvertChooseToo() throws IOException {
        Files.copy(weights(""), weights(".fp16"));
        Files.move(weights(""), weights(".non_ema"));
        Path single = folder.resolve("single.safetensors");
        for (String[] command :
                new String[][] {{"inspect", model.toString()}, {"convert", model.toString(), single.toString()}}) {
            Cli refused = Cli.run(command);
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.message()).contains("fp16, non_ema", "--variant");
        }
        Cli inspected = Cli.run("inspect", model.toString(), "--variant", "non_ema");
        assertThat(inspected.out()).contains("diffusion_pytorch_model.non_ema.safetensors");
        Cli converted = Cli.run("convert", model.toString(), single.toString(), "--variant", "non_ema");
        assertThat(converted.exit()).as(converted.err()).isZero();
        Cli again = Cli.run("convert", single.toString(), folder.resolve("x").toString(), "--variant", "fp16");
        assertThat(again.message()).endsWith("is one file; variants such as fp16 are for diffusers folders");
    }

    /** A network whose weights were forgotten is not passed over. */
    @Test
    void inspectSaysWhichPartsAreMissing() throws IOException {
        Files.delete(weights(""));
        Cli inspected = Cli.run("inspect", model.toString());
        assertThat(inspected.exit()).as(inspected.err()).isZero();
        assertThat(inspected.out()).contains("unet: missing");
    }
}
