package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.largestDifference;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Fixture;

/** The commands on given pictures: inversions and LEDITS++. */
class RealPictureCommandsTest {

    private static final String SHAPES =
            Fixture.resource("sd15-pipeline", "shapes").toString();
    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "pipelines/ledits");
    private static final String ORANGE = "a large orange square on a white background";

    @TempDir
    private Path folder;

    @BeforeEach
    void writePicture() throws Exception {
        PngFile.write(
                folder.resolve("in.png"),
                Pictures.toImages(REFERENCE.get("image_in")).get(0),
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({"direct,0", "ddim,0", "negative-prompt,0", "null-text,0", "edit-friendly,0.5"})
    void everyInversionEditsAPictureAndReportsHowItComesBack(String inversion, String skip) throws Exception {
        Cli cli = run(
                "edit",
                "--source",
                ORANGE,
                "--target",
                "a large blue square on a white background",
                "--inversion",
                inversion,
                "--skip",
                skip,
                "--steps",
                "2");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("sd15: reconstruction: PSNR");
        Map<String, INDArray> dumped = Tensors.readAll(folder.resolve("dump.safetensors"));
        assertThat(get(dumped, "inverted").shape()).containsExactly(3, 4, 16, 16);
        assertThat(get(dumped, "latents").shape()).containsExactly(2, 4, 16, 16);
        if (inversion.equals("direct") || inversion.equals("edit-friendly")) {
            assertThat(largestDifference(
                            get(dumped, "latents").slice(0),
                            get(dumped, "inverted").slice(0)))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void leditsAddsAndTakesAwayAndDumpsNoiseMapsAndMasks() throws Exception {
        Cli cli = run(
                "ledits",
                "--source",
                ORANGE,
                "--source-guidance",
                "2",
                "--edit",
                "+a large blue circle",
                "--edit",
                "-a white background",
                "--edit-guidance",
                "7",
                "--edit-guidance",
                "4",
                "--edit-threshold",
                "0.8",
                "--warmup",
                "0",
                "--warmup",
                "1",
                "--cooldown",
                "100",
                "--cooldown",
                "1",
                "--mask",
                "noise",
                "--mask",
                "both",
                "--skip",
                "0.2",
                "--steps",
                "3");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("largest latent difference");
        Map<String, INDArray> dumped = Tensors.readAll(folder.resolve("dump.safetensors"));
        assertThat(get(dumped, "zs").shape()).containsExactly(3, 1, 4, 16, 16);
        assertThat(get(dumped, "latents").shape()).containsExactly(1, 4, 16, 16);
        INDArray masks = get(dumped, "masks");
        assertThat(masks.shape()).containsExactly(2, 16, 16);
        assertThat(masks.slice(0).sumNumber().intValue()).isBetween(52, 156);
        assertThat(masks.slice(1).sumNumber().intValue())
                .as("rests in all steps")
                .isZero();
        assertThat(folder.resolve("out/after.png")).exists();
        assertThat(folder.resolve("out/mask-1-a-large-blue-circle.png")).exists();
    }

    @Test
    void leditsWithoutGuidanceReturnsThePictureFromItsNoise() throws Exception {
        Path noise = folder.resolve("noise.safetensors");
        Tensors.write(noise, Map.of("noise", REFERENCE.get("noise")));
        Cli cli = run("ledits", "--edit", "-cat", "--edit-guidance", "0", "--steps", "4", "--noise", noise.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        Map<String, INDArray> dumped = Tensors.readAll(folder.resolve("dump.safetensors"));
        assertThat(largestDifference(get(dumped, "latents"), REFERENCE.get("z0")))
                .isLessThan(1e-3);
        double signal = Math.sqrt(signalShare(849));
        INDArray start = REFERENCE
                .get("z0")
                .mul(signal)
                .add(REFERENCE.get("noise").slice(3).mul(Math.sqrt(1 - signal * signal)));
        assertThat(largestDifference(get(dumped, "latents_start"), start)).isLessThan(1e-3);
    }

    @Test
    void saysWhatIsWrongInOneLine() {
        assertThat(run("ledits", "--edit", "+a cat", "--scheduler", "euler").message())
                .contains("LEDITS++ has its own");
        assertThat(run("ledits", "--edit", "+a cat", "--source-guidance", "2").message())
                .contains("needs a --source");
        assertThat(run("ledits", "--edit", "+a cat", "--skip", "0.1", "--skip", "0.2")
                        .message())
                .contains("give one share");
        assertThat(run("ledits", "--edit", "+").message()).contains("a concept without words");
        assertThat(run("ledits").exit()).isEqualTo(2);
        assertThat(run("edit", "--source", "a", "--target", "b", "--inversion", "magic")
                        .message())
                .contains(
                        "--inversion is \"magic\", must be direct, ddim, negative-prompt, null-text or edit-friendly");
    }

    /** alphas_cumprod of Stable Diffusion 1.5, by its definition. */
    private static double signalShare(int timestep) {
        double product = 1;
        for (int t = 0; t <= timestep; t++) {
            double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * t / 999;
            product *= 1 - root * root;
        }
        return product;
    }

    private Cli run(String command, String... options) {
        List<String> arguments = new ArrayList<>(List.of(command, "--model", SHAPES));
        arguments.addAll(List.of("--image", folder.resolve("in.png").toString()));
        arguments.addAll(List.of("--dump", folder.resolve("dump.safetensors").toString()));
        arguments.addAll(List.of("--output", folder.resolve("out").toString()));
        arguments.addAll(List.of(options));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private static INDArray get(Map<String, INDArray> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
