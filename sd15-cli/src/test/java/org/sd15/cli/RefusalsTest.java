package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Rule;

/**
 * What can't be written, and what is asked for in vain, is refused before the model is opened or its first step is done.
 * Here the model is a folder without one, so that a command that looks at it first says something else.
 */
class RefusalsTest {

    private static final String NAME_OF_256 = "x".repeat(252) + ".png";

    @TempDir
    private Path folder;

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectory(folder.resolve("model"));
        Files.writeString(folder.resolve("model/weights.safetensors"), "weights");
        Files.writeString(folder.resolve("file"), "mine");
        Files.writeString(folder.resolve("lora.safetensors"), "learnt");
        Files.createDirectory(folder.resolve("folder"));
        Files.createDirectory(folder.resolve("folder.png"));
        paint(folder.resolve("in.png"), 64, 64);
        paint(folder.resolve("folder/after.png"), 64, 64);
    }

    private static void paint(Path path, int width, int height) throws IOException {
        PngFile.write(
                path,
                Pictures.toImages(Nd4j.valueArrayOf(new long[] {1, 3, height, width}, 0.6f))
                        .get(0),
                Map.of());
    }

    /** Each word that begins with @ is a file of the test's folder; ~ stands for a space. */
    private Cli run(String line, String... more) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.replace("TOO-LONG", NAME_OF_256).split(" +")) {
            String name = word.replace('~', ' ');
            arguments.add(
                    name.startsWith("@") ? folder.resolve(name.substring(1)).toString() : name);
        }
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private List<String> everything() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> "%s %d"
                            .formatted(
                                    file,
                                    Files.isRegularFile(file) ? file.toFile().lastModified() : 0))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            generate --prompt a --prompt b --output @x.png                     | 2 pictures don't fit into one file; give a folder
            generate --prompt a --count 3 --output @x.png                      | 3 pictures don't fit into one file; give a folder
            edit --source a --target b --target c --output @x.png              | 2 pictures don't fit into one file; give a folder
            masactrl --source a --target b --target c --output @x.png          | 2 pictures don't fit into one file; give a folder
            ledits --edit +a --image @in.png --image @in.png --output @x.png   | 2 pictures don't fit into one file; give a folder
            heatmap --prompt a --output @x.png                                 | several files are written; give a folder
            generate --prompt a --output @x.jpg                                | pictures are written as PNG
            edit --source a --target b --output @x.WebP                        | pictures are written as PNG
            generate --prompt a --output @folder.png                           | folder.png: is a folder
            generate --prompt a --output @file                                 | file is a file, must be a folder
            attend --prompt a --words a --output @file/out                     | file is a file, no folder
            dds --source a --target b --image @in.png --output @file/x.png     | file is a file, no folder
            generate --prompt a --output @TOO-LONG                             | too long
            generate --prompt a --output @out/TOO-LONG/y.png                   | too long
            generate --prompt a --output @out --dump @folder                   | folder: is a folder, a file can't take its place
            edit --source a --target b --output @out --dump @file/x            | file is a file, no folder
            masactrl --source a --target b --output @out --dump @out           | out is where --output goes
            run unet --inputs @lora.safetensors --dump @folder                 | folder: is a folder, a file can't take its place
            run unet --inputs @none --dump @x                                  | none: no such file
            evaluate --output @file                                            | file is a file, must be a folder
            evaluate --pie @none --output @out                                 | none: no such
            generate --prompt a --image @in.png --output @in.png               | in.png: would overwrite what --image names
            edit --source a --target b --image @folder/after.png --output @folder | after.png, could be overwritten there
            generate --prompt a --output @out --latents @lora.safetensors --dump @lora.safetensors | would overwrite what --latents names
            generate --prompt a --output @out --dump @model/weights.safetensors | would overwrite what --model names
            run unet --inputs @lora.safetensors --dump @lora.safetensors       | would overwrite what --inputs names
            generate --prompt a --output @out --image @none.png                | none.png: no such picture
            generate --prompt a --output @out --image @folder                  | folder: is a folder, must be a picture
            generate --prompt a --output @out --image @in.png --mask @none.png | none.png: no such picture
            masactrl --target b --image @in.png --source-mask @none.png --target-mask @in.png --output @out | none.png: no such picture
            generate --prompt a --output @out --noise @none                    | none: no such file
            generate --prompt a --output @out --embedding @none                | none: no such file
            train lora --data @folder --output @folder                         | folder is a folder, must be a file
            train lora --data @folder --output @file/x.safetensors             | file is a file, no folder
            train full --data @folder --output @file/x                         | file is a file, no folder
            train full --data @folder --output @model                          | would overwrite what --model names
            train vae --data @folder --output @model                           | would overwrite what --model names
            train full --data @folder --output @x --dump @folder               | folder: is a folder, a file can't take its place
            """)
    void isRefusedBeforeTheModelIsOpened(String line, String message) throws IOException {
        List<String> before = everything();
        Cli cli = run(line, "--model", folder.resolve("model").toString());
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.err().strip().lines().toList())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("sd15: ")
                .contains(message);
        assertThat(cli.out()).isEmpty();
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void anEmptyOutputIsRefused() {
        for (String option : List.of("--output", "--dump")) {
            Cli cli = run("generate --prompt a --model @model", option, "");
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.message()).contains(option + " is empty");
        }
        assertThat(run("convert @model", "").message()).contains("OUT is empty");
    }

    /** Root may write into every folder, but the system's own views take no files from anybody. */
    @Test
    void aFolderThatTakesNoFilesIsRefused() {
        assumeThat(Path.of("/proc")).exists();
        for (String options :
                List.of("--output /proc/x.png", "--output /proc/new/out", "--output @out --dump /proc/x")) {
            Cli cli = run("generate --prompt a --model @model " + options);
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.message()).contains("/proc/", "can't be written").hasSizeLessThan(200);
        }
    }

    /** No scheduler has 1001 steps, which would be said next. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            heatmap --prompt a~red~circle --image @in.png --words cat --steps 1001              | cat
            heatmap --prompt a~red~circle --image @in.png --layers 99 --steps 1001              | there is nothing to show
            heatmap --prompt a~red~circle --heads 77 --steps 1001                               | there is nothing to show
            heatmap --prompt a~red~circle --only-steps 1001 --steps 1001                        | there is nothing to show
            edit --image @in.png --source a~circle --target a~star --blend cat,dog --steps 1001 | cat
            attend --prompt a~circle --words cat                                                | cat
            masactrl --image @in.png --source a~circle --target a~star --mask-words circle,dog  | dog
            """)
    void whatIsAskedForInVainIsRefusedBeforeTheFirstStep(String line, String message) {
        Cli cli = run(line + " --output @out");
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.err().strip().lines().toList())
                .hasSize(1)
                .first()
                .asString()
                .contains(message);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void noiseForTooFewStepsAndGradientsWithoutATargetAreRefusedAtOnce() throws IOException {
        Path noise = folder.resolve("noise");
        Tensors.write(noise, Map.of("noise", Rule.input("noise", DataType.FLOAT, 30, 1, 4, 16, 16)));
        Cli cli = run("generate --prompt a --scheduler euler-a --steps 40 --noise @noise --output @x.png");
        assertThat(cli.err().strip().lines().toList())
                .containsExactly("sd15: the noise has 30 steps, step 30 needs one as well");
        Tensors.write(
                noise,
                Map.of(
                        "sample", Rule.input("sample", DataType.FLOAT, 1, 4, 16, 16),
                        "timestep", Nd4j.scalar(500f),
                        "context", Rule.input("context", DataType.FLOAT, 1, 7, 99)));
        assertThat(run("run unet --inputs @noise --dump @x --gradients").message())
                .contains("has no tensor target"); // not that the context is too narrow for a prediction
    }

    /** Its first results would be there, the rest of another run. */
    @Test
    void casesOfAnotherEvaluationAreRefusedBeforeAnythingIsEdited() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(out.resolve("cases.jsonl"), "{\"format\":\"another\"}\n");
        Cli cli = run("evaluate --cases 1 --search-cases 0 --methods p2p-ddim --steps 2 --output @out");
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.err().strip().lines().toList())
                .hasSize(1)
                .first()
                .asString()
                .contains("cases.jsonl");
    }

    @Test
    void foldersOfOutputsAreMade() {
        Cli cli = run("generate --prompt a --steps 1 --output @a/b/x.png --dump @c/d/x.safetensors");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(folder.resolve("a/b/x.png")).exists();
        assertThat(folder.resolve("c/d/x.safetensors")).exists();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFolderMayBeALinkToOne() throws IOException {
        Files.createDirectory(folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
        Cli cli = run("generate --prompt a --steps 1 --output @link --dump @link/x.safetensors");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(folder.resolve("real/0.png")).exists();
        assertThat(folder.resolve("real/x.safetensors")).exists();
    }

    /** With --copy-weights the same picture is drawn. */
    @Test
    void copiedWeightsDrawTheSame() throws IOException {
        String rest = " --prompt a~red~circle --steps 2 --output @x.png --dump ";
        assertThat(run("generate" + rest + "@mapped").exit()).isZero();
        assertThat(run("generate --copy-weights" + rest + "@copied").exit()).isZero();
        assertThat(folder.resolve("copied")).hasSameBinaryContentAs(folder.resolve("mapped"));
    }
}
