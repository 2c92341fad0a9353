package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.PictureParameters;
import org.sd15.pipeline.image.PngFile;

/** Pictures tell how they were made, and {@code --params-from} makes them again. */
class ParametersFromTest {

    @TempDir
    private Path folder;

    private Cli generate(String name, String... options) {
        Cli cli = Cli.run(Stream.concat(
                        Stream.of(
                                "generate",
                                "--output",
                                folder.resolve(name + ".png").toString(),
                                "--dump",
                                folder.resolve(name + ".safetensors").toString()),
                        Stream.of(options))
                .toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return cli;
    }

    private INDArray image(String name) throws IOException {
        return Tensors.read(folder.resolve(name + ".safetensors"), "image");
    }

    private GenerationParameters told(String name) throws IOException {
        return PictureParameters.read(folder.resolve(name + ".png"));
    }

    @Test
    void aPictureIsMadeAgainFromWhatItTells() throws IOException {
        generate(
                "first",
                "--prompt",
                "a large red circle,\non a \"gray\" background: plain",
                "--negative",
                "green, blue",
                "--steps",
                "3",
                "--scheduler",
                "dpm++2m-karras",
                "--guidance",
                "3.25",
                "--seed",
                "18446744073709551615",
                "--width",
                "32",
                "--height",
                "48",
                "--guidance-rescale",
                "0.5");
        assertThat(PngFile.texts(folder.resolve("first.png")).get("parameters"))
                .matches("(?s)a large red circle,\non a \"gray\" background: plain\nNegative prompt: green, blue\n"
                        + "Steps: 3, Sampler: DPM\\+\\+ 2M, Schedule type: Karras, CFG scale: 3.25, "
                        + "Seed: 18446744073709551615, Size: 32x48, Model hash: [0-9a-f]{10}, Model: embedded, "
                        + "Guidance rescale: 0.5, Version: .*");
        Cli again =
                generate("again", "--params-from", folder.resolve("first.png").toString());
        assertSameBits("again", image("again"), image("first"));
        assertThat(told("again")).isEqualTo(told("first"));
        assertThat(again.err()).doesNotContain("not taken over");
    }

    @Test
    void optionsBesideItWinAndWhatIsNotKnownIsTold() throws IOException {
        Path other = foreign("a star\nNegative prompt: a dog\nSteps: 9, Sampler: DPM adaptive, CFG scale: 4, Seed: 5, "
                + "Size: 32x32, Clip skip: 2, Hires upscale: 2, Lora hashes: \"a: 1, b: 2\", Model: embedded");
        Cli cli = generate("other", "--params-from", other.toString(), "--steps", "2", "--seed", "6");
        assertThat(cli.err().lines().filter(line -> line.contains("not taken over")))
                .containsExactly("sd15: " + other
                        + ": not taken over: Sampler: DPM adaptive, Hires upscale: 2, Lora hashes: a: 1, b: 2");
        GenerationParameters told = told("other");
        assertThat(told.prompt()).isEqualTo("a star");
        assertThat(told.negativePrompt()).isEqualTo("a dog");
        assertThat(told.values())
                .containsAllEntriesOf(
                        Map.of("Steps", "2", "CFG scale", "4.0", "Seed", "6", "Size", "32x32", "Clip skip", "2"));
    }

    @Test
    void numbersThatCannotBeAreTold() throws IOException {
        Path other = foreign("x\nSteps: 0, Sampler: Euler, CFG scale: much, Seed: 5, Size: 32x32, Eta: 0.5");
        Cli cli = generate("other", "--params-from", other.toString(), "--prompt", "a star", "--steps", "1");
        assertThat(cli.err())
                .contains("CFG scale: much (is no such number)", "Eta: 0.5")
                .doesNotContain("Steps: 0");
        assertThat(told("other").prompt()).isEqualTo("a star");
        assertThat(told("other").values()).containsEntry("Sampler", "Euler");
        assertThat(Cli.run(
                                "generate",
                                "--params-from",
                                folder.resolve("none.png").toString())
                        .message())
                .endsWith("none.png: no such picture");
    }

    private Path foreign(String parameters) throws IOException {
        Path file = folder.resolve("foreign.png");
        PngFile.write(file, new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), Map.of("parameters", parameters));
        return file;
    }

    @Test
    void metadataCanBeLeftOutAndThePixelsAreTheSame() throws IOException {
        List<String> options = List.of("--prompt", "a star", "--steps", "1", "--width", "32", "--height", "32");
        generate("with", options.toArray(String[]::new));
        generate(
                "without",
                Stream.concat(options.stream(), Stream.of("--no-metadata")).toArray(String[]::new));
        assertThat(PngFile.texts(folder.resolve("without.png"))).isEmpty();
        assertThat(PngFile.encode(PngFile.read(folder.resolve("with.png")), Map.of()))
                .isEqualTo(PngFile.encode(PngFile.read(folder.resolve("without.png")), Map.of()));
    }

    @Test
    void picturesOfABatchTellTheirOwnPromptAndPlace() throws IOException {
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                "a star",
                "--prompt",
                "a circle",
                "--negative",
                "red",
                "--negative",
                "blue",
                "--steps",
                "1",
                "--width",
                "32",
                "--height",
                "32",
                "--output",
                folder.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        GenerationParameters second = Objects.requireNonNull(told("1"));
        assertThat(second.prompt()).isEqualTo("a circle");
        assertThat(second.negativePrompt()).isEqualTo("blue");
        assertThat(second.values()).containsEntry("Batch size", "2").containsEntry("Batch pos", "1");
        Cli alone = generate("alone", "--params-from", folder.resolve("1.png").toString());
        assertThat(alone.out().strip()).isEqualTo(folder.resolve("alone.png").toString());
        assertThat(PngFile.encode(PngFile.read(folder.resolve("alone.png")), Map.of()))
                .isEqualTo(PngFile.encode(PngFile.read(folder.resolve("1.png")), Map.of()));
        assertThat(told("alone")).isEqualTo(second);
    }
}
