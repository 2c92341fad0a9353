package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/** Nothing that was done is lost: neither results of an earlier run nor a seed that nobody chose. */
class ResultFolderTest {

    @TempDir
    private Path root;

    private Path folder;

    @BeforeEach
    void inAFolder() {
        folder = root.resolve("out");
    }

    private static void write(Path file, String text) throws IOException {
        PngFile.write(
                file,
                new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
                Map.of("parameters", text + ", Version: " + Versions.SD15));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void picturesAreNumberedOn() throws IOException {
        ResultFolder first = new ResultFolder(folder, false);
        write(first.numbered(0), "a");
        write(first.numbered(1), "b");
        write(folder.resolve("7.png"), "mine");
        ResultFolder second = new ResultFolder(folder, false);
        assertThat(second.numbered(0)).isEqualTo(folder.resolve("8.png"));
        assertThat(second.numbered(1)).isEqualTo(folder.resolve("9.png"));
        assertThat(new ResultFolder(folder, true).numbered(0)).isEqualTo(folder.resolve("0.png"));
    }

    @Test
    void aRunWithEarlierResultsGetsAFolderOfItsOwn() throws IOException {
        for (int run = 1; run <= 3; run++) {
            ResultFolder results = new ResultFolder(folder, false);
            write(results.file("after.png"), "run " + run);
            write(results.file("heat-star.png"), "run " + run);
            results.removeStale();
        }
        assertThat(names())
                .containsExactly(
                        "after.png",
                        "heat-star.png",
                        "run-2/after.png",
                        "run-2/heat-star.png",
                        "run-3/after.png",
                        "run-3/heat-star.png");
        assertThat(PngFile.texts(folder.resolve("after.png")).get("parameters")).startsWith("run 1");
    }

    @Test
    void overwritingLeavesNothingStaleAndNothingOfOthersIsTaken() throws IOException {
        ResultFolder first = new ResultFolder(folder, false);
        for (String name : List.of("after.png", "heat-star.png", "mask.png")) {
            write(first.file(name), "old");
        }
        PngFile.write(folder.resolve("mask-mine.png"), new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), Map.of());
        Files.writeString(folder.resolve("notes.txt"), "mine");
        write(folder.resolve("0.png"), "drawn");
        ResultFolder second = new ResultFolder(folder, true);
        write(second.file("after.png"), "new");
        second.removeStale();
        assertThat(names()).containsExactly("0.png", "after.png", "mask-mine.png", "notes.txt");
        assertThat(PngFile.texts(folder.resolve("after.png")).get("parameters")).startsWith("new");
    }

    @Test
    void twoRunsOfACommandLoseNothingAndADrawnSeedIsTold() throws IOException {
        String[] generate = {
            "generate",
            "--prompt",
            "a star",
            "--steps",
            "1",
            "--width",
            "32",
            "--height",
            "32",
            "--output",
            folder.toString(),
            "--seed"
        };
        for (String seed : List.of("random", "-1", "RANDOM")) {
            Cli cli =
                    Cli.run(Stream.concat(Stream.of(generate), Stream.of(seed)).toArray(String[]::new));
            assertThat(cli.exit()).as(cli.err()).isZero();
            String told = cli.err()
                    .lines()
                    .filter(line -> line.startsWith("sd15: the seed is "))
                    .map(line -> line.substring("sd15: the seed is ".length()))
                    .findFirst()
                    .orElseThrow();
            assertThat(PngFile.texts(Path.of(cli.out().strip())).get("parameters"))
                    .contains("Seed: " + told + ",");
        }
        assertThat(names()).containsExactly("0.png", "1.png", "2.png");
    }

    @Test
    void filesOfOtherFormatsAreNoFolders() throws IOException {
        String model = EmbeddedModel.folder().toString();
        for (String name : List.of("x.ckpt", "x.pt", "x.BIN")) {
            Cli cli = Cli.run("convert", model, root.resolve(name).toString());
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.message()).contains("models are written as safetensors; give a name that ends with");
            assertThat(root.resolve(name)).doesNotExist();
        }
        Cli train = Cli.run(
                "train",
                "full",
                "--data",
                root.toString(),
                "--output",
                root.resolve("x.ckpt").toString());
        assertThat(train.message()).contains("x.ckpt is a file's name, must be a folder");
        for (String command : List.of("generate --prompt x", "heatmap --prompt x")) {
            String[] words = (command + " --output " + root.resolve("x.webp")).split(" ");
            assertThat(Cli.run(words).message()).contains("pictures are written as PNG");
        }
    }
}
