package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;

/** The commands as a script uses them: flags, exit codes, dumps. */
class CommandsTest {

    private static final String SHAPES =
            Fixture.resource("sd15-pipeline", "shapes").toString();
    private static final String CIRCLE = "a large red circle on a gray background";

    @TempDir
    private Path folder;

    @Test
    void onlyTheCommandThatIsNamedIsMade() {
        assertThat(Sd15.commandLine("doctor", "--json").getSubcommands()).containsOnlyKeys("doctor");
        assertThat(Sd15.commandLine("--verbose", "doctor").getSubcommands())
                .containsOnlyKeys(Sd15.commandLine().getSubcommands().keySet())
                .containsKeys("doctor", "edit");
    }

    @Test
    void editWithoutOptionsShowsEverything() throws Exception {
        Path out = folder.resolve("out");
        Path dump = folder.resolve("dump.safetensors");
        Cli cli = Cli.run("edit", "--steps", "3", "--output", out.toString(), "--dump", dump.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("replaced").contains("edit.html");
        assertThat(out.resolve("before.png")).exists();
        assertThat(out.resolve("after.png")).exists();
        assertThat(out.resolve("strip.png")).exists();
        assertThat(out.resolve("mask.png")).exists();
        assertThat(out.resolve("heat-before-star.png")).exists();
        assertThat(Files.readString(out.resolve("edit.html")))
                .contains("data:image/png;base64,", "Steps: 3", "a large blue star on a white background")
                .contains("id=\"before-0\"", "data-heat=\"before-0\">a</span>", "data-heat=\"after-2\">red</span>")
                .containsPattern("on</span> <span [^>]*data-heat=\"before-0\">a</span>") // each "a" has its place
                .doesNotContain("{{");
        assertThat(Tensors.readAll(dump)).containsOnlyKeys("latents_start", "latents", "image", "mask");
        assertThat(Tensors.read(dump, "image").shape()).containsExactly(2, 3, 64, 64);
    }

    @Test
    void editOfAPictureDumpsMaskAndInversion() throws Exception {
        Path picture = folder.resolve("in.png");
        PngFile.write(
                picture,
                Pictures.toImages(Nd4j.valueArrayOf(new long[] {1, 3, 64, 64}, 0.6f))
                        .get(0),
                Map.of());
        Path dump = folder.resolve("dump.safetensors");
        Cli cli = Cli.run(
                "edit",
                "--image",
                picture.toString(),
                "--source",
                CIRCLE,
                "--target",
                "a large blue circle on a gray background",
                "--target",
                "a large green circle on a gray background",
                "--mode",
                "replace",
                "--cross-steps",
                "0.6",
                "--cross-steps",
                "blue=0.2",
                "--self-steps",
                "0.3",
                "--weight",
                "blue=2",
                "--blend",
                "red,blue,green",
                "--blend-threshold",
                "0.4",
                "--blend-resolution",
                "8",
                "--inversion",
                "direct",
                "--steps",
                "4",
                "--dump",
                dump.toString(),
                "--output",
                folder.resolve("out").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        Map<String, INDArray> dumped = Tensors.readAll(dump);
        assertThat(get(dumped, "latents").shape()).containsExactly(3, 4, 16, 16);
        assertThat(get(dumped, "mask").shape()).containsExactly(2, 16, 16);
        assertThat(get(dumped, "inverted").shape()).containsExactly(5, 4, 16, 16);
        assertSameBits(
                "source",
                get(dumped, "latents").slice(0),
                get(dumped, "inverted").slice(0));
        assertThat(folder.resolve("out/mask-2.png")).exists();
        assertThat(folder.resolve("out/after-2.png")).exists();
    }

    @Test
    void heatmapDumpsTheMapOfEachWord() throws Exception {
        Path dump = folder.resolve("dump.safetensors");
        Cli cli = Cli.run(
                "heatmap",
                "--prompt",
                CIRCLE,
                "--words",
                "circle,red circle",
                "--steps",
                "2",
                "--dump",
                dump.toString(),
                "--output",
                folder.resolve("out").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        Map<String, INDArray> dumped = Tensors.readAll(dump);
        assertThat(dumped).containsKeys("heat.circle", "heat.red circle", "image", "latents");
        assertThat(get(dumped, "heat.circle").shape()).containsExactly(16, 16);
        assertThat(folder.resolve("out/heat-red-circle.png")).exists();
        assertThat(Files.readAllLines(folder.resolve("out/heat-circle.csv"))).hasSize(16);
    }

    @Test
    void runGivesWhatTheComponentsGive() throws Exception {
        INDArray sample = Rule.input("cli.sample", DataType.FLOAT, 1, 4, 16, 16);
        INDArray context = Rule.input("cli.context", DataType.FLOAT, 1, 77, 128);
        INDArray target = Rule.input("cli.target", DataType.FLOAT, 1, 4, 16, 16);
        Map<String, INDArray> out = run(
                "unet",
                Map.of("sample", sample, "timestep", Nd4j.createFromArray(500f), "context", context, "target", target),
                "--gradients");
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder());
                UNet unet = files.unet()) {
            UNetInput input = UNetInput.of(sample, 500, context);
            assertSameBits("out", get(out, "out"), unet.predict(input));
            UNetGradients gradients = unet.gradient(input, target, name -> true);
            assertThat(out).hasSize(2 + 2 + 326);
            assertSameBits("sample", get(out, "grad.sample"), gradients.sample());
            String name = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";
            assertClose(name, get(out, "grad." + name), gradients.parameter(name), 1e-6);
            assertThat(get(out, "loss").getDouble(0)).isEqualTo((float) gradients.loss());
        }
        assertThat(get(
                                run(
                                        "text",
                                        Map.of(
                                                "ids",
                                                Nd4j.createFromArray(625f, 5f, 626f)
                                                        .reshape(1, 3))),
                                "out")
                        .shape())
                .containsExactly(1, 3, 128);
        Map<String, INDArray> moments =
                run("vae-encode", Map.of("image", Rule.picture("p", DataType.FLOAT, 1, 3, 32, 48)));
        assertThat(get(moments, "mean").shape()).containsExactly(1, 4, 8, 12);
        assertThat(get(moments, "logvar").shape()).containsExactly(1, 4, 8, 12);
        assertThat(get(run("vae-decode", Map.of("latents", get(moments, "mean"))), "out")
                        .shape())
                .containsExactly(1, 3, 32, 48);
    }

    private Map<String, INDArray> run(String component, Map<String, INDArray> inputs, String... more) throws Exception {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        Tensors.write(in, inputs);
        String[] arguments = new String[6 + more.length];
        System.arraycopy(
                new String[] {"run", component, "--inputs", in.toString(), "--dump", out.toString()},
                0,
                arguments,
                0,
                6);
        System.arraycopy(more, 0, arguments, 6, more.length);
        Cli cli = Cli.run(arguments);
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Tensors.readAll(out);
    }

    private static INDArray get(Map<String, INDArray> tensors, String key) {
        return java.util.Objects.requireNonNull(tensors.get(key), key);
    }
}
