package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.EmbeddingFormat;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.PictureParameters;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Rule;

/** A picture of any command says all that makes it again, bit by bit. */
class MadeAgainTest {

    private static final String TO_Q = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q";

    @TempDir
    private Path folder;

    @BeforeEach
    void paint() throws IOException {
        var image = new BufferedImage(90, 70, BufferedImage.TYPE_INT_RGB);
        var mask = new BufferedImage(90, 70, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 90 * 70; i++) {
            image.setRGB(i % 90, i / 90, Math.hypot(i % 90 - 45, i / 90 - 35) < 20 ? 0xd02020 : 0x808080);
            mask.setRGB(i % 90, i / 90, i % 90 > 50 ? 0xffffff : 0);
        }
        PngFile.write(folder.resolve("in.png"), image, Map.of());
        PngFile.write(folder.resolve("part.png"), mask, Map.of());
        Files.writeString(folder.resolve("to.txt"), "a blue star\na small blue star\n");
    }

    @BeforeEach
    void writeALora() throws IOException {
        LoraWeights lora = LoraWeights.builder()
                .unet(TO_Q, Rule.input("down", DataType.FLOAT, 2, 128), Rule.input("up", DataType.FLOAT, 128, 2), 1)
                .build();
        LoraFile.write(lora, LoraFormat.KOHYA, folder.resolve("ink.safetensors"));
    }

    private Cli run(String line) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.split(" +")) {
            String name = word.replace('~', ' ');
            arguments.add(
                    name.startsWith("@") ? folder.resolve(name.substring(1)).toString() : name);
        }
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return cli;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        generate --prompt a~red~circle,~"large" --negative blue --count 1 --eta 0.5 --scheduler ddim --seed random | 0
        generate --prompt a~star --image @in.png --mask @part.png --mask-grow 2 --mask-blur 1 --invert-mask | 0
        generate --prompt a~star --image @in.png --mask @part.png --only-masked --strength 0.9 --resize crop | 0
        generate --prompt a~star --image @in.png --scheduler euler-a --strength 0.7 | 0
        edit --source a~red~circle --target a~blue~circle --weight blue=2 --cross-steps 0.5 --cross-steps blue=0.2..0.9 --blend circle,circle --seed 7 | after
        edit --source a~red~circle --target a~blue~star,~large --target a~star --image @in.png --inversion edit-friendly --skip 0.3 --steps 4 | after-2
        edit --source a~red~circle --target a~star --scheduler euler --mode refine --self-limit 0 | after
        ledits --image @in.png --edit -red --edit +a~star --edit-guidance 7 --edit-guidance 4 --mask noise --mask both --source a~circle --resize pad | after
        masactrl --source a~red~circle --target a~star --mask-words circle,star --start-step 1 --guidance 4.5 | after
        masactrl --target a~star --image @in.png --source-mask @part.png --target-mask @part.png | after
        dds --source a~circle --target a~star --image @in.png --iterations 2 --step-size 0.1 --guidance 5 | after
        pix2pix-zero --source a~circle --from a~red~circle --to-file @to.txt --to a~large~blue~star --image @in.png | after
        attend --prompt a~red~circle~and~a~blue~star --words circle,blue~star --attempts 1 --seed 3 | 0
        generate --prompt a~red~circle<lora:ink:0.5> --prompt-style webui --lora-dir @ | 0
        edit --source a~(red:1.2)~circle --target a~(blue:1.2)~circle<lora:ink:0.5> --prompt-style webui --lora-dir @ | after
        heatmap --prompt a~red~circle --words red~circle --mean-steps --seed 11 | heat-red-circle
        """)
    void theSameBitsComeAgainFromItsParameters(String line, String name) throws IOException {
        String steps = line.contains("--steps") || line.startsWith("dds") ? "" : " --steps 2";
        run(line + steps + " --output @first");
        Path first = folder.resolve("first/" + name + ".png");
        Cli again =
                run(line.substring(0, line.indexOf(' ')) + " --params-from @first/" + name + ".png --output @again");
        Path second = folder.resolve("again/" + name + ".png");
        assertThat(PngFile.encode(PngFile.read(second), Map.of()))
                .isEqualTo(PngFile.encode(PngFile.read(first), Map.of()));
        assertThat(PngFile.texts(second)).isEqualTo(PngFile.texts(first));
        assertThat(again.err()).doesNotContain("not taken over");
    }

    /** An instruction, on a model whose UNet takes eight channels; models are named again. */
    @Test
    void whatFollowedAnInstructionComesAgain() throws IOException {
        Path wider = WiderModel.in(folder.resolve("wider"));
        run("instruct --model " + wider
                + " --image @in.png --instruction make~it~blue --negative red --image-guidance 1.7"
                + " --resize crop --seed 5 --steps 2 --output @first");
        run("instruct --model " + wider + " --params-from @first/after.png --output @again");
        assertSame("first/after.png", "again/after.png");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        generate --prompt a~<thing>~on~<other> --seed 3 | 0
        edit --source a~<thing> --target a~<other> --seed 3 | after
        """)
    void aPictureOfLearntWordsComesAgain(String line, String name) throws IOException {
        EmbeddingFile.write(
                new TextualInversion("<thing>", Rule.input("v", DataType.FLOAT, 2, 128)),
                EmbeddingFormat.A1111,
                folder.resolve("thing.pt"));
        EmbeddingFile.write(
                new TextualInversion("<other>", Rule.input("w", DataType.FLOAT, 1, 128)),
                EmbeddingFormat.DIFFUSERS,
                folder.resolve("other.safetensors"));
        run(line + " --steps 2 --embedding @thing.pt --embedding @other.safetensors --output @first");
        run(line + " --steps 2 --embedding @thing.pt --output @without");
        String command = line.substring(0, line.indexOf(' '));
        run(command + " --params-from @first/" + name + ".png --output @again");
        assertSame("first/" + name + ".png", "again/" + name + ".png");
        assertThat(PngFile.encode(PngFile.read(folder.resolve("without/" + name + ".png")), Map.of()))
                .isNotEqualTo(PngFile.encode(PngFile.read(folder.resolve("first/" + name + ".png")), Map.of()));
    }

    private void assertSame(String first, String again) throws IOException {
        assertThat(PngFile.encode(PngFile.read(folder.resolve(again)), Map.of()))
                .isEqualTo(PngFile.encode(PngFile.read(folder.resolve(first)), Map.of()));
        assertThat(PngFile.texts(folder.resolve(again))).isEqualTo(PngFile.texts(folder.resolve(first)));
    }

    @Test
    void parametersAreThoseOfTheWebUiAndTheMethodsOwn() throws IOException {
        run("edit --source a~red~circle --target a~blue~circle --weight blue=2 --steps 1 --output @out");
        GenerationParameters told = PictureParameters.read(folder.resolve("out/after.png"));
        assertThat(told.prompt()).isEqualTo("a blue circle");
        assertThat(told.values())
                .containsEntry("Steps", "1")
                .containsEntry("Sampler", "DDIM")
                .containsEntry("Seed", "42")
                .containsEntry("Size", "64x64")
                .containsEntry("Model", "embedded")
                .containsEntry("Command", "edit")
                .containsEntry("Source", "a red circle")
                .containsEntry("Weight", "blue=2")
                .containsEntry("Self steps", "0.4")
                .containsEntry("Version", Versions.SD15);
        Cli other =
                Cli.run("dds", "--params-from", folder.resolve("out/after.png").toString());
        assertThat(other.exit()).isEqualTo(1);
        assertThat(other.message()).contains("was made by edit: sd15 edit --params-from ");
    }

    @Test
    void whatIsTypedWins() throws IOException {
        run("attend --prompt a~red~circle --words circle --attempts 1 --steps 1 --seed 3 --output @out");
        run("attend --params-from @out/0.png --seed 4 --output @other");
        Map<String, String> told =
                PictureParameters.read(folder.resolve("other/0.png")).values();
        assertThat(told)
                .containsEntry("Seed", "4")
                .containsEntry("Words", "circle")
                .containsEntry("Attempts", "1");
    }
}
