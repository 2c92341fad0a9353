package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** The command {@code generate} against what diffusers draws, and what it does with batches, noise, pictures and masks. */
class GenerateCommandTest {

    private static final String SHAPES =
            Fixture.resource("sd15-pipeline", "shapes").toString();
    private static final String CIRCLE = "a large red circle on a gray background";

    @TempDir
    private Path folder;

    @Test
    void generateDumpsWhatDiffusersDraws() throws Exception {
        Fixture reference = Fixture.of("sd15-pipeline", "pipelines/txt2img_euler");
        Path noise = folder.resolve("noise.safetensors");
        Tensors.write(noise, Map.of("latents", reference.get("noise.0")));
        Path dump = folder.resolve("dump.safetensors");
        Cli cli = Cli.run(
                "generate",
                "--model",
                SHAPES,
                "--prompt",
                CIRCLE,
                "--steps",
                "20",
                "--scheduler",
                "euler",
                "--latents",
                noise.toString(),
                "--dump",
                dump.toString(),
                "--output",
                folder.resolve("a.png").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        Map<String, INDArray> dumped = Tensors.readAll(dump);
        assertThat(dumped).containsOnlyKeys("latents_start", "latents", "image");
        assertThat(largestDifference(get(dumped, "latents_start"), reference.get("latents_start")))
                .isLessThan(1e-5);
        assertThat(largestDifference(get(dumped, "latents"), reference.get("latents_final")))
                .isLessThan(2e-3);
        assertThat(get(dumped, "image").shape()).containsExactly(1, 3, 64, 64);
        assertThat(cli.out().strip()).isEqualTo(folder.resolve("a.png").toString());
        BufferedImage picture = PngFile.read(folder.resolve("a.png"));
        assertThat(largestDifference(Pictures.fromImage(picture), get(dumped, "image")))
                .isLessThan(0.5 / 255 + 1e-6);
        assertThat(PngFile.texts(folder.resolve("a.png")).get("parameters"))
                .contains(CIRCLE, "Steps: 20, Sampler: Euler, CFG scale: 7.5, Seed: 42, Size: 64x64");
    }

    @Test
    void generateDrawsBatchesAndDumpsSteps() throws Exception {
        Path dump = folder.resolve("dump.safetensors");
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                CIRCLE,
                "--prompt",
                "a small blue star",
                "--negative",
                "green heart",
                "--count",
                "2",
                "--steps",
                "2",
                "--width",
                "32",
                "--height",
                "48",
                "--seed",
                "7",
                "--eta",
                "0.5",
                "--scheduler",
                "ddim",
                "--dump",
                dump.toString(),
                "--dump-steps",
                "--output",
                folder.resolve("many").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        Map<String, INDArray> dumped = Tensors.readAll(dump);
        assertThat(dumped).containsOnlyKeys("latents_start", "latents", "image", "latents.0", "latents.1");
        assertThat(get(dumped, "image").shape()).containsExactly(4, 3, 48, 32);
        assertSameBits("last step", get(dumped, "latents.1"), get(dumped, "latents"));
        assertThat(cli.out().lines()).hasSize(4).allMatch(line -> Files.exists(Path.of(line)));
    }

    @Test
    void givenNoiseServesStochasticSteps() throws Exception {
        Path noise = folder.resolve("noise.safetensors");
        Tensors.write(noise, Map.of("noise", Rule.input("cli.noise", DataType.FLOAT, 2, 1, 4, 16, 16)));
        Path first = dumpOfEulerA(noise, "1");
        Path second = dumpOfEulerA(noise, "1");
        assertSameBits("again", Tensors.read(first, "latents"), Tensors.read(second, "latents"));
        Path tooShort = folder.resolve("short.safetensors");
        Tensors.write(tooShort, Map.of("noise", Rule.input("cli.noise", DataType.FLOAT, 1, 1, 4, 16, 16)));
        Cli cli = eulerA(tooShort, "--output", folder.resolve("x.png").toString());
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.message()).isEqualTo("sd15: the noise has 1 steps, step 1 needs one as well");
    }

    private Path dumpOfEulerA(Path noise, String seed) {
        Path dump = folder.resolve("euler-a.safetensors");
        String picture = folder.resolve("e.png").toString();
        Cli cli = eulerA(noise, "--seed", seed, "--dump", dump.toString(), "--output", picture);
        assertThat(cli.exit()).as(cli.err()).isZero();
        return dump;
    }

    private static Cli eulerA(Path noise, String... more) {
        String[] first = {"generate", "--prompt", CIRCLE, "--steps", "2", "--scheduler", "euler-a"};
        Stream<String> given = Stream.concat(Stream.of(first), Stream.of("--noise", noise.toString()));
        return Cli.run(Stream.concat(given, Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void generateStartsFromPicturesAndFillsMasks() throws Exception {
        Path picture = folder.resolve("in.png");
        PngFile.write(
                picture,
                Pictures.toImages(Nd4j.ones(DataType.FLOAT, 1, 3, 64, 64)).get(0),
                Map.of());
        Path out = folder.resolve("out.png");
        assertThat(Cli.run(
                                "generate",
                                "--prompt",
                                CIRCLE,
                                "--steps",
                                "4",
                                "--image",
                                picture.toString(),
                                "--strength",
                                "0.5",
                                "--output",
                                out.toString())
                        .exit())
                .isZero();
        assertThat(Cli.run(
                                "generate",
                                "--prompt",
                                CIRCLE,
                                "--steps",
                                "2",
                                "--image",
                                picture.toString(),
                                "--mask",
                                picture.toString(),
                                "--output",
                                out.toString())
                        .exit())
                .isZero();
        assertThat(PngFile.read(out).getWidth()).isEqualTo(64);
    }

    private static INDArray get(Map<String, INDArray> tensors, String key) {
        return java.util.Objects.requireNonNull(tensors.get(key), key);
    }
}
