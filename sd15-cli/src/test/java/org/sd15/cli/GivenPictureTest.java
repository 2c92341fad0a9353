package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.image.PngFile;

/** A photograph of any size is fitted, what it costs is told, and what is lost of it is blamed on the right part. */
class GivenPictureTest {

    private static final String CIRCLE = "a large red circle on a gray background";
    private static final String STAR = "a large red star on a gray background";

    @TempDir
    private Path folder;

    /** Its left half is red, its right half blue, with a bright line in the middle row. */
    private String photo(int width, int height) throws IOException {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, y == height / 2 ? 0xffffff : 2 * x < width ? 0xc02020 : 0x2020c0);
            }
        }
        Path file = folder.resolve("photo-%dx%d.png".formatted(width, height));
        PngFile.write(file, image, Map.of());
        return file.toString();
    }

    private Cli run(String line, String... more) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.split(" +")) {
            arguments.add(word.replace('~', ' '));
        }
        arguments.addAll(List.of(more));
        if (!arguments.contains("--output")) {
            arguments.addAll(List.of("--output", folder.resolve("out").toString()));
        }
        return Cli.run(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''            | 150, 100 | 96, 64  | is scaled from 150 x 100 to 96 x 64; --resize says how, keep leaves it
            ''            | 30, 40   | 64, 84  | is scaled from 30 x 40 to 64 x 84
            --resize 32   | 150, 100 | 48, 32  | is scaled from 150 x 100 to 48 x 32
            --resize crop | 150, 100 | 64, 64  | is cut to 100 x 100 in the middle of 150 x 100 and scaled to 64 x 64
            --resize pad  | 150, 100 | 64, 64  | is scaled from 150 x 100 and padded to 64 x 64
            --resize keep | 72, 40   | 72, 40  | ''
            ''            | 64, 64   | 64, 64  | ''
            --width 32 --height 48 | 150, 100 | 32, 48 | is cut to 67 x 100 in the middle of 150 x 100
            --width 32    | 80, 40   | 32, 16  | is scaled from 80 x 40 to 32 x 16
            """)
    void aPhotoIsFittedAndThatIsTold(String options, String given, String size, String told) throws IOException {
        String[] sides = given.split(", ");
        String photo = photo(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
        Cli cli = run("generate --steps 1 --strength 1 --prompt x " + options, "--image", photo);
        assertThat(cli.exit()).as(cli.err()).isZero();
        BufferedImage drawn = PngFile.read(folder.resolve("out/0.png"));
        assertThat(drawn.getWidth() + ", " + drawn.getHeight()).isEqualTo(size);
        if (told.isEmpty()) {
            assertThat(cli.err()).doesNotContain(".png is ");
        } else {
            assertThat(cli.err()).contains(photo + " " + told);
        }
    }

    @ParameterizedTest
    @CsvSource({"edit,edit", "masactrl,masactrl", "dds,dds", "pix2pix-zero,zero"})
    void everyCommandFitsItsPicture(String command, String kind) throws IOException {
        String more = switch (kind) {
            case "dds" -> " --iterations 1 --target x";
            case "zero" -> " --from a --to b";
            default -> " --target x";
        };
        Cli cli = run(command + " --source x --steps 1 --resize crop" + more, "--image", photo(90, 70));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err())
                .contains("is cut to 70 x 70 in the middle of 90 x 70 and scaled to 64 x 64")
                .contains("reconstruction: PSNR");
        assertThat(PngFile.read(folder.resolve("out/after.png")).getWidth()).isEqualTo(64);
    }

    @Test
    void heatMapsAndLeditsFitTheirsAndSeveralAreMadeOfOneSize() throws IOException {
        assertThat(run("heatmap --prompt a~red~circle --words circle --steps 1", "--image", photo(90, 70))
                        .err())
                .contains("is scaled from 90 x 70 to 84 x 64");
        String[] two = {"--image", photo(90, 70), "--image", photo(70, 90)};
        Cli refused = run("ledits --edit +a~star --steps 1", two);
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.message())
                .contains("photo-70x90.png becomes 64 x 84, the first picture 84 x 64: --resize crop makes all of one");
        Cli cropped = run("ledits --edit +a~star --steps 1 --resize crop", two);
        assertThat(cropped.exit()).as(cropped.err()).isZero();
        assertThat(PngFile.read(folder.resolve("out/run-2/after-2.png")).getHeight())
                .isEqualTo(64);
    }

    @Test
    void whatTakesHoursIsRefusedUnlessThatIsAskedFor() throws IOException {
        String photo = photo(64, 64);
        Cli refused = run("dds --source a --target b --iterations 90000000", "--image", photo);
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).doesNotContain("editing");
        assertThat(refused.message())
                .matches(
                        "sd15: this would take about [\\d.]+ hours here \\(360000000 predictions for 64 x 64 pixels\\): "
                                + ".*--resize 64.*--allow-hours");
        Cli edit = run("edit --source a --target b --inversion null-text --steps 999 --resize 640", "--image", photo);
        assertThat(edit.message()).contains("hours here (" + 999 * (43 + 2 + 4) + " predictions for 640 x 640 pixels)");
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(TimeOptions.describe(42)).isEqualTo("about 42 seconds");
        assertThat(TimeOptions.describe(300)).isEqualTo("about 5 minutes");
        assertThat(TimeOptions.describe(9000)).isEqualTo("about 2.5 hours");
    }

    /** The embedded model's autoencoder knows shapes on plain backgrounds, and no flags. */
    @Test
    void thePageShowsTheGivenPictureAndTheWarningBlamesWhatLosesIt() throws IOException {
        String words = " --steps 3 --source " + CIRCLE.replace(' ', '~') + " --target " + STAR.replace(' ', '~');
        Cli held = run("edit" + words, "--image", photo(90, 70));
        assertThat(held.exit()).as(held.err()).isZero();
        assertThat(held.err())
                .contains("the autoencoder alone loses this much")
                .doesNotContain("edits change too much");
        assertThat(PngFile.read(folder.resolve("out/given.png")).getWidth()).isEqualTo(84);
        assertThat(folder.resolve("out/autoencoder.png")).doesNotExist();
        assertThat(Files.readString(folder.resolve("out/edit.html")))
                .contains("<b>given</b>: reconstruction: PSNR")
                .doesNotContain("<b>autoencoder</b>");
        String drawn = folder.resolve("drawn.png").toString();
        assertThat(Cli.run("generate", "--prompt", CIRCLE, "--steps", "8", "--output", drawn)
                        .exit())
                .isZero();
        Path out = folder.resolve("free");
        Cli free = run(
                "edit --steps 3 --source a~small~blue~heart --target a~star --inversion ddim --output " + out,
                "--image",
                drawn);
        assertThat(free.exit()).as(free.err()).isZero();
        assertThat(free.err())
                .contains("inverting", "reconstructing", "edits change too much")
                .doesNotContain("the autoencoder alone loses this much");
        assertThat(Files.readString(out.resolve("edit.html"))).contains("<b>autoencoder</b>: the given picture");
        assertThat(out.resolve("autoencoder.png")).exists();
    }
}
