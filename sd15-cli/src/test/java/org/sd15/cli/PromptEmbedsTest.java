package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/** Text states in files, in the place of prompts. */
class PromptEmbedsTest {

    private static final String CIRCLE = "a red circle";
    private static final String STAR = "a blue star";

    private static INDArray states;
    private static INDArray negative;

    @TempDir
    private Path folder;

    private int runs;

    @BeforeAll
    static void encode() throws Exception {
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            states = Nd4j.concat(0, model.encode(List.of(CIRCLE), 0), model.encode(List.of(STAR), 0));
            negative = model.encode(List.of("green"), 0);
        }
    }

    @Test
    void theStatesOfAPromptDrawItsPicture() throws Exception {
        INDArray one = states.slice(0).reshape(1, states.size(1), states.size(2));
        Path file = write("one", Map.of("prompt_embeds", one));
        Path both = write("both", Map.of("prompt_embeds", one, "negative_prompt_embeds", negative));
        Path bare = write("bare", Map.of("anything", one));
        generate(List.of("--prompt", CIRCLE, "--negative", "green"));
        INDArray expected = latents();

        Cli cli = generate(List.of("--prompt-embeds", file.toString(), "--negative", "green"));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertSameBits("with a negative prompt", latents(), expected);
        assertThat(PngFile.texts(folder.resolve(runs + ".png")).get("parameters"))
                .contains("Prompt embeds: one.safetensors");
        Cli said = generate(List.of("--prompt-embeds", both.toString(), "--negative", "green"));
        assertThat(said.err()).contains("has negative_prompt_embeds too: --negative-prompt-embeds");
        generate(List.of("--prompt-embeds", bare.toString(), "--negative-prompt-embeds", both.toString()));
        assertSameBits("with negative states", latents(), expected);
    }

    @Test
    void severalMakeABatch() throws Exception {
        Path file = write("two", Map.of("prompt_embeds", states));
        generate(List.of(
                "--prompt",
                CIRCLE,
                "--prompt",
                STAR,
                "--count",
                "2",
                "--output",
                folder.resolve("a").toString()));
        INDArray expected = latents();
        Cli cli = generate(List.of(
                "--prompt-embeds",
                file.toString(),
                "--count",
                "2",
                "--output",
                folder.resolve("b").toString()));

        assertThat(cli.exit()).as(cli.err()).isZero();
        assertSameBits("four pictures", latents(), expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --prompt-embeds FILE --prompt x             | 2 | --prompt-embeds takes the place of prompts, --prompt is about them
            --prompt-embeds FILE --clip-skip 1          | 2 | --prompt-embeds takes the place of prompts, --clip-skip is about them
            --prompt-embeds FILE --prompt-style webui   | 2 | --prompt-embeds takes the place of prompts, --prompt-style is about them
            --prompt-embeds FILE --negative-prompt-embeds FILE --negative x | 2 | --negative-prompt-embeds takes the place of --negative
            --prompt x --negative-prompt-embeds FILE    | 2 | --negative-prompt-embeds goes with --prompt-embeds
            --prompt-embeds nowhere.safetensors         | 1 | nowhere.safetensors: no such file
            --prompt-embeds FLAT                        | 1 | prompt_embeds has shape [77, 8], must be [pictures, tokens, width]
            --prompt-embeds NARROW                      | 1 | the prompt states are [1, 77, 8], must be [1 or 1, tokens,
            --prompt-embeds NAMES                       | 1 | prompt_embeds
            """)
    void refusesInOneLine(String line, int exit, String message) throws Exception {
        INDArray flat = Nd4j.zeros(DataType.FLOAT, 77, 8);
        String given = line.replace(
                        "FILE", write("file", Map.of("prompt_embeds", states)).toString())
                .replace("FLAT", write("flat", Map.of("prompt_embeds", flat)).toString())
                .replace(
                        "NARROW",
                        write("narrow", Map.of("x", flat.reshape(1, 77, 8))).toString())
                .replace("NAMES", write("names", Map.of("x", flat, "y", flat)).toString());
        Cli cli = generate(List.of(given.strip().split(" +")));
        assertThat(cli.exit()).isEqualTo(exit);
        assertThat(cli.err()).contains(message).doesNotContain("Exception");
    }

    private Path write(String name, Map<String, INDArray> tensors) throws Exception {
        Path path = folder.resolve(name + ".safetensors");
        Tensors.write(path, tensors);
        return path;
    }

    private Cli generate(List<String> options) {
        runs++;
        List<String> arguments = new ArrayList<>(List.of("generate", "--steps", "2", "--dump", dump().toString()));
        if (!options.contains("--output")) {
            arguments.addAll(List.of("--output", folder.resolve(runs + ".png").toString()));
        }
        arguments.addAll(options);
        return Cli.run(arguments.toArray(String[]::new));
    }

    private Path dump() {
        return folder.resolve(runs + ".dump.safetensors");
    }

    private INDArray latents() throws Exception {
        return Objects.requireNonNull(Tensors.readAll(dump()).get("latents"));
    }
}
