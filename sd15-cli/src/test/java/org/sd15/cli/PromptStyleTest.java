package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Rule;

/** Prompts of the command {@code generate} as they are written. */
class PromptStyleTest {

    private static final String TO_Q = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q";

    @TempDir
    private Path folder;

    private int runs;

    @Test
    void plainIsTheDefaultAndWarnsOfBrackets() throws Exception {
        Cli cli = generate("a (red:1.3) circle", List.of());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err())
                .containsOnlyOnce(
                        "\"a (red:1.3) circle\" looks like the web UI's syntax, but is read as plain text: generate --prompt-style webui");
        INDArray said = latents();

        Cli quiet = generate("a red circle", List.of());
        assertThat(quiet.err()).doesNotContain("syntax");
        INDArray usual = latents();
        generate("a red circle", List.of("--prompt-style", "webui"));
        assertSameBits("no brackets", latents(), usual);
        Cli weighted = generate("a (red:1.3) circle", List.of("--prompt-style", "webui"));
        assertThat(weighted.err()).doesNotContain("syntax");
        assertThat(largestDifference(latents(), usual)).isGreaterThan(1e-3);
        assertThat(largestDifference(latents(), said)).isGreaterThan(1e-3);
        assertThat(PngFile.texts(folder.resolve(runs + ".png")).get("parameters"))
                .contains("a (red:1.3) circle", "Prompt style: webui");
        INDArray drawn = latents();
        Path picture = folder.resolve(runs + ".png");
        Cli again = generate(null, List.of("--params-from", picture.toString()));
        assertThat(again.err()).doesNotContain("Prompt style", "syntax");
        assertSameBits("drawn again", latents(), drawn);
    }

    @Test
    void compelHasItsOwnWeights() throws Exception {
        Cli cli = generate("a red++ circle", List.of("--prompt-style", "compel"));
        assertThat(cli.exit()).as(cli.err()).isZero();
    }

    @Test
    void compelHidesWhatWeighsLessIfAsked() throws Exception {
        generate("a (red)0.3 circle", List.of("--prompt-style", "compel", "--downweight", "remove"));
        INDArray removed = latents();
        Cli cli = generate("a (red)0.3 circle", List.of("--prompt-style", "compel", "--downweight", "mask"));
        assertThat(cli.exit()).as(cli.err()).isZero();
        INDArray masked = latents();
        assertThat(largestDifference(masked, removed)).isGreaterThan(1e-4);
        Path picture = folder.resolve(runs + ".png");
        assertThat(PngFile.texts(picture).get("parameters")).contains("Prompt style: compel_mask");
        generate(null, List.of("--params-from", picture.toString()));
        assertSameBits("drawn again", latents(), masked);
        generate("a (red)0.3 circle", List.of("--prompt-style", "compel"));
        assertSameBits("without the option", latents(), removed);

        Cli refused = generate("a red circle", List.of("--prompt-style", "webui", "--downweight", "mask"));
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err())
                .contains("--downweight is how compel takes small weights: give --prompt-style compel too");
    }

    @Test
    void aLoraOfThePromptIsMerged() throws Exception {
        Path loras = Files.createDirectories(folder.resolve("loras/mine"));
        Path file = loras.resolve("ink.safetensors");
        writeLora(file);
        generate("a red circle", List.of("--lora", file + ":0.5"));
        INDArray merged = latents();
        generate("a red circle", List.of());
        assertThat(largestDifference(latents(), merged)).isGreaterThan(1e-4);

        Path linked = Files.createSymbolicLink(folder.resolve("linked"), loras.getParent());
        Cli cli = generate(
                "a red circle<lora:ink:0.5>", List.of("--prompt-style", "webui", "--lora-dir", linked.toString()));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("LoRA \"ink\" of the prompt, with scale 0.5: ", "ink.safetensors");
        assertSameBits("merged", latents(), merged);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a <lora:ink:0.8> cat            | false | the prompt asks for the LoRA "ink": say where it is, --lora-dir DIR
            a <lora:ink:0.8> cat            | true  | the prompt asks for the LoRA "ink", and
            a <lora:ink:0.8><lora:ink> cat  | true  | the prompts ask for the LoRA "ink" with different scales
            a <lora:ink:much> cat           | true  | <lora:ink:much> in the prompt is not <lora:NAME>
            a (cat:1.2.3)                   | true  | the weight "1.2.3" of a prompt is not a number
            """)
    void refusesInOneLine(String prompt, boolean withFolder, String message) {
        List<String> options = new ArrayList<>(List.of("--prompt-style", "webui"));
        if (withFolder) {
            options.addAll(List.of("--lora-dir", folder.toString()));
        }
        Cli cli = generate(prompt, options);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err().strip()).contains(message).doesNotContain("Exception");
    }

    private Cli generate(@Nullable String prompt, List<String> options) {
        runs++;
        List<String> arguments = new ArrayList<>(List.of("generate", "--steps", "2"));
        if (prompt != null) {
            arguments.addAll(List.of("--prompt", prompt));
        }
        arguments.addAll(List.of("--output", folder.resolve(runs + ".png").toString()));
        arguments.addAll(List.of("--dump", dump().toString()));
        arguments.addAll(options);
        return Cli.run(arguments.toArray(String[]::new));
    }

    private Path dump() {
        return folder.resolve(runs + ".dump.safetensors");
    }

    private INDArray latents() throws Exception {
        return Objects.requireNonNull(Tensors.readAll(dump()).get("latents"));
    }

    private static void writeLora(Path file) throws IOException {
        LoraWeights lora = LoraWeights.builder()
                .unet(TO_Q, Rule.input("down", DataType.FLOAT, 2, 128), Rule.input("up", DataType.FLOAT, 128, 2), 1)
                .build();
        LoraFile.write(lora, LoraFormat.KOHYA, file);
    }
}
