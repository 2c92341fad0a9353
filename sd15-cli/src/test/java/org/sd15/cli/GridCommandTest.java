package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.pipeline.image.PictureParameters;
import org.sd15.pipeline.image.PngFile;

/** A table of pictures: each is what generate draws with the same options. */
class GridCommandTest {

    @TempDir
    private Path folder;

    private Cli run(String line) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.split(" +")) {
            String name = word.replace('~', ' ');
            arguments.add(
                    name.startsWith("@") ? folder.resolve(name.substring(1)).toString() : name);
        }
        return Cli.run(arguments.toArray(String[]::new));
    }

    private Map<String, String> told(String file) throws IOException {
        return PictureParameters.read(folder.resolve(file)).values();
    }

    @Test
    void everyCellIsWhatGenerateDrawsWithItsOptions() throws IOException {
        Cli grid = run("grid --x steps=1,2,3 --y cfg-scale=3,7.5 --prompt a~red~circle --seed 5 --output @out");
        assertThat(grid.exit()).as(grid.err()).isZero();
        assertThat(told("out/1-2.png"))
                .containsEntry("Steps", "3")
                .containsEntry("CFG scale", "7.5")
                .containsEntry("Seed", "5");
        run("generate --prompt a~red~circle --seed 5 --steps 2 --guidance 3 --output @one.png");
        assertThat(Files.readAllBytes(folder.resolve("out/0-1.png")))
                .isEqualTo(Files.readAllBytes(folder.resolve("one.png")));
        BufferedImage sheet = PngFile.read(folder.resolve("out/sheet.png"));
        assertThat(sheet.getWidth()).isEqualTo(150 + 8 + 3 * (128 + 8));
        assertThat(sheet.getHeight()).isEqualTo(20 + 8 + 2 * (128 + 8));
        assertThat(Files.readString(folder.resolve("out/page.html")))
                .contains("steps 3, guidance 7.5", "steps=1,2,3", "a red circle");
        assertThat(run("grid --x seed=1 --prompt a~star --steps 1 --output @out")
                        .exit())
                .isZero();
        assertThat(folder.resolve("out/run-2/0-0.png")).exists(); // nothing is overwritten
    }

    @ParameterizedTest
    @ValueSource(strings = {"--seed random", "--seed=random", "--seed=-1"})
    void wordsAreReplacedAndSchedulersDifferAndASeedIsDrawnOnce(String seed) throws IOException {
        Cli grid = run("grid --x s/r=red,blue --y scheduler=ddim,euler-a --prompt a~red~circle --negative red~star"
                + " --steps 1 --output @out " + seed);
        assertThat(grid.exit()).as(grid.err()).isZero();
        assertThat(PictureParameters.read(folder.resolve("out/1-1.png")).prompt())
                .isEqualTo("a blue circle");
        assertThat(PictureParameters.read(folder.resolve("out/1-1.png")).negativePrompt())
                .isEqualTo("blue star");
        assertThat(told("out/0-0.png")).containsEntry("Sampler", "DDIM");
        assertThat(told("out/1-0.png")).containsEntry("Sampler", "Euler a");
        assertThat(told("out/0-0.png").get("Seed"))
                .isEqualTo(told("out/1-1.png").get("Seed"));
    }

    @Test
    void aGridThatWasStoppedGoesOnWhereItWas() throws IOException {
        String line = "grid --x seed=1,2 --prompt a~star --steps 1 ";
        assertThat(run(line + "--output @out").exit()).isZero();
        Files.delete(folder.resolve("out/0-1.png"));
        Path kept = folder.resolve("out/0-0.png");
        FileTime then = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(kept, then);
        Cli again = run(line + "--resume @out");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(folder.resolve("out/0-1.png")).exists();
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(then);
        assertThat(run("grid --x seed=1,3 --prompt a~star --steps 1 --resume @out")
                        .message())
                .contains("the grid there is another one");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --x stepz=1,2 --prompt a~star              | --x stepz: no setting of generate; did you mean steps?
        --x model=a,b --prompt a~star              | no setting of generate
        --x steps=1,x --prompt a~star              | 'x' is not
        --x steps=1,0 --prompt a~star              | --steps is 0
        --x steps=1,,2 --prompt a~star             | a value is empty
        --x steps --prompt a~star                  | write NAME=VALUE,VALUE
        --x s/r=red,blue --prompt a~star           | "red" is in no prompt
        --x scheduler=ddim,nonsense --prompt a~star | nonsense
        --x seed=1 --count 2 --prompt a~star       | one picture a cell
        --x seed=1 --nonsense 2 --prompt a~star    | --nonsense
        --x seed=1                                 | --prompt
        """)
    void whatIsUnknownIsRefusedBeforeTheFirstStep(String options, String message) {
        Cli refused = run("grid --output @out " + options);
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains(message).doesNotContain("1 of 2");
        assertThat(folder.resolve("out/0-0.png")).doesNotExist();
    }

    @Test
    void valuesWithCommasAreInQuotes() {
        var generate = Sd15.commandLine().getSubcommands().get("generate").getCommandSpec();
        assertThat(GridAxis.parse("--x", "s/r=\"red, large\",\"a \"\"b\"\"\", blue", generate)
                        .values())
                .containsExactly("red, large", "a \"b\"", "blue");
        assertThat(GridAxis.parse("--x", "prompt=a,b", generate).applied(List.of("--prompt", "c", "--steps", "2"), 1))
                .containsExactly("--steps", "2", "--prompt=b");
    }
}
