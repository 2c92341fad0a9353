package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/** The commands of the other editors as a script uses them. */
class EditorCommandsTest {

    private static final String CIRCLE = "a large red circle on a gray background";
    private static final String STAR = "a large red star on a gray background";

    @TempDir
    private Path folder;

    private Path picture;
    private Path dump;

    @BeforeEach
    void paint() throws IOException {
        picture = paint("in.png", 64, 64);
        dump = folder.resolve("dump.safetensors");
    }

    /** A white picture with a black square. */
    private Path paint(String name, int width, int height) throws IOException {
        INDArray values = Nd4j.ones(DataType.FLOAT, 1, 3, height, width);
        values.get(
                        NDArrayIndex.all(),
                        NDArrayIndex.all(),
                        NDArrayIndex.interval(height / 4, height / 2),
                        NDArrayIndex.interval(width / 4, width / 2))
                .assign(0);
        Path path = folder.resolve(name);
        PngFile.write(path, Pictures.toImages(values).get(0), Map.of());
        return path;
    }

    @Test
    void masactrlDrawsSourceAndTarget() throws Exception {
        Map<String, INDArray> dumped = dumped(
                "masactrl", "--source", CIRCLE, "--target", STAR, "--mask-words", "circle,star", "--start-step", "1");
        assertThat(get(dumped, "latents").shape()).containsExactly(2, 4, 16, 16);
        assertThat(get(dumped, "image").shape()).containsExactly(2, 3, 64, 64);
        assertThat(get(dumped, "mask").shape()).containsExactly(2, 8, 8);
        assertThat(folder.resolve("out/before.png")).exists();
        assertThat(folder.resolve("out/after.png")).exists();
    }

    @Test
    void masactrlHoldsAGivenPictureOnItsWay() throws Exception {
        Map<String, INDArray> dumped = dumped(
                "masactrl",
                "--image",
                picture.toString(),
                "--target",
                STAR,
                "--target",
                CIRCLE,
                "--start-layer",
                "5",
                "--source-mask",
                picture.toString(),
                "--target-mask",
                picture.toString());
        assertThat(get(dumped, "inverted").shape()).containsExactly(3, 4, 16, 16);
        assertThat(get(dumped, "mask").shape()).containsExactly(3, 64, 64);
        assertSameBits(
                "source",
                get(dumped, "latents").slice(0),
                get(dumped, "inverted").slice(0));
        assertThat(folder.resolve("out/after-2.png")).exists();
    }

    @Test
    void attendMovesTheLatents() throws Exception {
        String[] attend = {"attend", "--prompt", "a red circle and a blue star", "--words", "circle,star"};
        Map<String, INDArray> attended = dumped(with(attend, "--attempts", "1"));
        assertThat(get(attended, "latents").shape()).containsExactly(1, 4, 16, 16);
        Map<String, INDArray> still = dumped(with(attend, "--attend-steps", "0", "--attempts", "0"));
        assertSameBits("start", get(attended, "latents_start"), get(still, "latents_start"));
        assertThat(get(attended, "latents")).isNotEqualTo(get(still, "latents"));
        assertThat(PngFile.texts(folder.resolve("out/0.png")).get("parameters")).contains("circle, star");
        assertThat(Files.readString(folder.resolve("out/page-0.html")))
                .contains(
                        "<title>a red circle and a blue star</title>",
                        "<td>Words</td><td>circle, star</td>",
                        "data:image/png");
    }

    @Test
    void ddsMovesThePicture() throws Exception {
        Map<String, INDArray> dumped = dumped(
                "dds",
                "--image",
                picture.toString(),
                "--source",
                CIRCLE,
                "--target",
                STAR,
                "--iterations",
                "2",
                "--dump-steps");
        assertThat(get(dumped, "latents").shape()).containsExactly(1, 4, 16, 16);
        assertThat(get(dumped, "image").shape()).containsExactly(1, 3, 64, 64);
        assertSameBits("last", get(dumped, "latents.1"), get(dumped, "latents"));
        assertThat(get(dumped, "latents_start")).isNotEqualTo(get(dumped, "latents"));
        Map<String, INDArray> nothing = dumped(
                "dds", "--image", picture.toString(), "--source", CIRCLE, "--target", CIRCLE, "--iterations", "1");
        assertSameBits("nothing", get(nothing, "latents"), get(nothing, "latents_start"));
    }

    @Test
    void pix2PixZeroMovesThePictureAndHoldsTheSource() throws Exception {
        Path sentences = Files.writeString(folder.resolve("to.txt"), "a blue star\n\n  a small blue star\n");
        String[] zero = {
            "pix2pix-zero",
            "--image",
            picture.toString(),
            "--source",
            CIRCLE,
            "--from",
            "a red circle",
            "--to",
            "a large blue star",
            "--to-file",
            sentences.toString()
        };
        Map<String, INDArray> dumped = dumped(zero);
        INDArray latents = get(dumped, "latents");
        assertThat(latents.shape()).containsExactly(2, 4, 16, 16);
        assertThat(latents.slice(1)).isNotEqualTo(latents.slice(0));
        assertThat(folder.resolve("out/before.png")).exists();
        assertThat(PngFile.texts(folder.resolve("out/after.png")).get("parameters"))
                .contains("from [a red circle] to [a large blue star] and", "to.txt");
        Map<String, INDArray> free = dumped(with(zero, "--amount", "0"));
        assertSameBits("source", get(free, "latents").slice(0), latents.slice(0));
        assertThat(get(free, "latents").slice(1)).isNotEqualTo(latents.slice(1));
        Files.writeString(sentences, " \n");
        Cli empty = Cli.run("pix2pix-zero", "--source", CIRCLE, "--from", "a", "--to-file", sentences.toString());
        assertThat(empty.exit()).isEqualTo(1);
        assertThat(empty.message()).contains("--to-file", "to.txt has no sentence in it");
    }

    /** A model that sees a picture beside the latents, with no weight on what it sees of it, draws as without one. */
    @Test
    void instructTakesAModelOfEightChannels() throws Exception {
        String wider = WiderModel.in(folder.resolve("wider")).toString();
        String[] instruct = {"instruct", "--image", picture.toString(), "--instruction", CIRCLE, "--scheduler", "ddim"};
        Map<String, INDArray> dumped = dumped(with(instruct, "--model", wider, "--guidance", "1"));
        Map<String, INDArray> plain = dumped("generate", "--prompt", CIRCLE, "--scheduler", "ddim", "--guidance", "1");
        assertClose("latents", get(dumped, "latents"), get(plain, "latents"), 1e-5);
        assertThat(PngFile.texts(folder.resolve("out/after.png")).get("parameters"))
                .contains("InstructPix2Pix: image guidance 1.5");
        Cli narrow = Cli.run(
                with(instruct, "--steps", "1", "--output", folder.resolve("out").toString()));
        assertThat(narrow.exit()).isEqualTo(1);
        assertThat(narrow.message()).contains("the UNet takes 4 channels; one that follows instructions takes 8");
    }

    @Test
    void heatmapsOfPhrasesSpecialsAndPartsOfTheModel() throws Exception {
        String[] words = {"heatmap", "--prompt", CIRCLE, "--words", "red circle", "--specials", "--scheduler", "ddim"};
        Map<String, INDArray> whole = dumped(words);
        assertThat(whole).containsKeys("heat.red circle", "heat.<|startoftext|>", "heat.<|endoftext|>");
        assertThat(folder.resolve("out/heat-startoftext.csv")).exists();
        assertThat(PngFile.read(folder.resolve("out/map-red-circle.png")).getWidth())
                .isEqualTo(64);
        INDArray first = get(dumped(with(words, "--only-steps", "0")), "heat.red circle");
        double all = get(whole, "heat.red circle").meanNumber().doubleValue();
        assertThat(first.meanNumber().doubleValue()).isBetween(0.1 * all, 0.9 * all);
        INDArray mean = get(dumped(with(words, "--mean-steps")), "heat.red circle");
        assertClose("mean", mean.mul(2), get(whole, "heat.red circle"), 1e-6);
        INDArray parts = get(dumped(with(words, "--layers", "0,5-6", "--heads", "0,1")), "heat.red circle")
                .add(get(dumped(with(words, "--layers", "0,5-6", "--heads", "2-3")), "heat.red circle"));
        INDArray layers = get(dumped(with(words, "--layers", "0,5,6")), "heat.red circle");
        assertClose("heads", parts.mul(0.5), layers, 1e-5);
        Cli nothing = Cli.run(with(words, "--heads", "9", "--steps", "1", "--output", folder.toString()));
        assertThat(nothing.message()).contains("a heat map of 0 heads");
        Cli wrong = Cli.run(with(words, "--layers", "3-1"));
        assertThat(wrong.message()).contains("--layers is \"3-1\"");
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void picturesOfOddSizesAreRefusedOrScaled() throws Exception {
        String odd = paint("odd.png", 70, 49).toString();
        String[] heatmap = {"heatmap", "--prompt", CIRCLE, "--words", "circle", "--image", odd};
        Cli refused = Cli.run(with(heatmap, "--resize", "keep", "--steps", "1", "--output", folder.toString()));
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.message())
                .contains(
                        "odd.png is 70 x 49, its sides must be multiples of 4: crop it to 68 x 48", "or give --resize");
        assertThat(get(dumped(with(heatmap, "--resize")), "image").shape()).containsExactly(1, 3, 48, 72);
        Cli said = Cli.run(with(heatmap, "--resize", "32", "--steps", "1", "--output", folder.toString()));
        assertThat(said.err()).contains("odd.png is scaled from 70 x 49 to 44 x 32");
        assertThat(PngFile.read(folder.resolve("picture.png")).getWidth()).isEqualTo(44);
        String[] edit = {"edit", "--source", CIRCLE, "--target", STAR, "--image", odd, "--resize"};
        assertThat(get(dumped(edit), "latents").shape()).containsExactly(2, 4, 12, 18);
        String[] paint = {"generate", "--prompt", CIRCLE, "--image", odd, "--mask", odd};
        assertThat(Cli.run(with(paint, "--steps", "1", "--resize", "keep")).message())
                .contains("or give --resize");
        assertThat(get(dumped(with(paint, "--resize")), "image").shape()).containsExactly(1, 3, 48, 72);
        assertThat(Cli.run(with(heatmap, "--resize", "-3")).message()).contains("--resize is -3");
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(Cli.run("masactrl", "--target", STAR).exit()).isEqualTo(2);
        assertThat(Cli.run("dds", "--source", CIRCLE, "--target", STAR).exit()).isEqualTo(2);
        assertThat(Cli.run("attend", "--prompt", CIRCLE).exit()).isEqualTo(2);
        assertThat(Cli.run("instruct", "--instruction", STAR).exit()).isEqualTo(2);
        Cli toNothing = Cli.run("pix2pix-zero", "--source", CIRCLE, "--from", "a");
        assertThat(toNothing.exit()).isEqualTo(2);
        assertThat(toNothing.err()).contains("Give sentences with --to, or a file of them with --to-file");
        Cli words = Cli.run("masactrl", "--source", CIRCLE, "--target", STAR, "--mask-words", "circle");
        assertThat(words.exit()).isEqualTo(1);
        assertThat(words.message()).contains("--mask-words is \"circle\"");
        Cli half = Cli.run("masactrl", "--source", CIRCLE, "--target", STAR, "--source-mask", picture.toString());
        assertThat(half.message()).contains("go together");
        Cli heart = Cli.run("attend", "--prompt", CIRCLE, "--words", "heart", "--steps", "1");
        assertThat(heart.exit()).isEqualTo(1);
        assertThat(heart.message()).contains("\"heart\" is not in the prompt");
    }

    /** Runs a command for two steps and reads its dump. */
    private Map<String, INDArray> dumped(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--steps",
                "2",
                "--dump",
                dump.toString(),
                "--output",
                folder.resolve("out").toString()));
        Cli cli = Cli.run(all.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Tensors.readAll(dump);
    }

    private static INDArray get(Map<String, INDArray> tensors, String key) {
        return Objects.requireNonNull(tensors.get(key), key);
    }
}
