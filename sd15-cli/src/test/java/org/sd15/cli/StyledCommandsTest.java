package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

/** Prompts as they are written, on the commands that edit and show. */
class StyledCommandsTest {

    private static final String TO_Q = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q";

    @TempDir
    private Path folder;

    private int runs;

    /** % stands for a word: plain, weighted, weighted in a second chunk. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            edit --source 'a % circle' --target 'a % star' --blend circle,star --weight star=1.5 | false
            heatmap --prompt 'a % circle' --words circle                                         | false
            attend --prompt 'a % circle' --words circle --attempts 1                             | false
            masactrl --source 'a % circle' --target 'a % star' --mask-words circle,star          | false
            pix2pix-zero --source 'a % circle' --from 'a % circle' --to 'a % star'               | false
            dds --image IMAGE --source 'a % circle' --target 'a % star' --iterations 2           | true
            ledits --image IMAGE --edit '+a % star' --source 'a % circle'                        | false
            """)
    void everyCommandReadsPromptsAsTheyAreWritten(String line, boolean unsampled) throws Exception {
        Cli plain = run(line, "red", unsampled);
        assertThat(plain.exit()).as(plain.err()).isZero();
        assertThat(plain.err()).doesNotContain("syntax");
        INDArray usual = latents();
        run(line, "red", unsampled, "--prompt-style", "webui");
        assertSameBits("no brackets", latents(), usual);

        Cli unread = run(line, "(red:1.4)", unsampled);
        String command = line.substring(0, line.indexOf(' '));
        assertThat(unread.err())
                .contains("looks like the web UI's syntax, but is read as plain text: %s --prompt-style webui reads it"
                        .formatted(command));
        Cli weighted = run(line, "(red:1.4)", unsampled, "--prompt-style", "webui");
        assertThat(weighted.exit()).as(weighted.err()).isZero();
        assertThat(weighted.err()).doesNotContain("syntax");
        assertThat(largestDifference(latents(), usual)).isGreaterThan(1e-3);
        Cli chunked = run(line, "red BREAK a large", unsampled, "--prompt-style", "webui");
        assertThat(chunked.exit()).as(chunked.err()).isZero();
        assertThat(largestDifference(latents(), usual)).isGreaterThan(1e-3);
        Cli composed = run(line, "red AND blue", unsampled, "--prompt-style", "webui");
        assertThat(composed.exit()).as(composed.err()).isEqualTo(command.equals("dds") ? 0 : 1);
        assertThat(composed.err().contains("composes several prompts by AND")).isNotEqualTo(command.equals("dds"));
        Cli edited = run(line, "[red:blue:0.5]", unsampled, "--prompt-style", "webui");
        if (List.of("edit", "heatmap", "attend", "masactrl").contains(command)) {
            assertThat(edited.exit()).as(edited.err()).isEqualTo(line.contains("--mask-words") ? 1 : 0);
        } else {
            assertThat(edited.exit()).isEqualTo(1);
            assertThat(edited.message()).contains("says other things at other steps; one text is wanted here");
        }
    }

    @Test
    void aLoraOfATargetIsMerged() throws Exception {
        Path file = folder.resolve("ink.safetensors");
        LoraFile.write(
                LoraWeights.builder()
                        .unet(
                                TO_Q,
                                Rule.input("down", DataType.FLOAT, 2, 128),
                                Rule.input("up", DataType.FLOAT, 128, 2),
                                1)
                        .build(),
                LoraFormat.KOHYA,
                file);
        String line = "edit --source 'a red circle' --target 'a red star%'";
        run(line, "", false, "--lora", file + ":0.5");
        INDArray merged = latents();
        Cli cli = run(line, "<lora:ink:0.5>", false, "--prompt-style", "webui", "--lora-dir", folder.toString());

        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("LoRA \"ink\" of the prompt, with scale 0.5");
        assertSameBits("merged", latents(), merged);
    }

    private Cli run(String line, String word, boolean unsampled, String... more) throws IOException {
        runs++;
        List<String> arguments = new ArrayList<>();
        for (String part : line.strip().replace("IMAGE", picture().toString()).split(" +(?=(?:[^']*'[^']*')*[^']*$)")) {
            arguments.add(part.replace("'", "").replace("%", word));
        }
        if (!unsampled) {
            arguments.addAll(List.of("--steps", "2"));
        }
        arguments.addAll(List.of("--output", folder.resolve("out" + runs).toString()));
        arguments.addAll(List.of("--dump", dump().toString()));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private Path picture() throws IOException {
        Path path = folder.resolve("in.png");
        if (!Files.exists(path)) {
            BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
            image.createGraphics().fillRect(10, 10, 30, 30);
            PngFile.write(path, image, Map.of());
        }
        return path;
    }

    private Path dump() {
        return folder.resolve(runs + ".dump.safetensors");
    }

    private INDArray latents() throws Exception {
        return Objects.requireNonNull(Tensors.readAll(dump()).get("latents"));
    }
}
