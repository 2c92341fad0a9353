package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.testing.Fixture;

/** What the command line says of models, of the machine and of mistakes. */
class ReportsTest {

    @TempDir
    private Path folder;

    @Test
    void inspectListsAModelAndWhatIsMissing() throws Exception {
        Cli cli = Cli.run("inspect", EmbeddedModel.folder().toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight F16[128, 128]")
                .contains("326 of 326 parameters found");
    }

    @Test
    void inspectInJsonPrintsOneObjectAndNothingElse() throws Exception {
        Cli cli = Cli.run(
                "inspect", "--json", EmbeddedModel.folder().resolve("unet").toString());
        JsonNode root = new ObjectMapper().readTree(cli.out());
        JsonNode part = root.get("parts").get(0);
        assertThat(part.get("kind").asText()).isEqualTo("unet");
        assertThat(part.get("tensors")).hasSize(326);
        assertThat(part.get("architecture").get("complete").asBoolean()).isTrue();
    }

    @Test
    void inspectComparesAFileWithoutConfigurationWithStableDiffusion15() throws Exception {
        Path file = folder.resolve("unet.safetensors");
        Files.copy(EmbeddedModel.folder().resolve("unet/diffusion_pytorch_model.safetensors"), file);
        Cli cli = Cli.run("inspect", file.toString());
        assertThat(cli.out()).contains("conv_in.weight is [64, 4, 3, 3], must be [320, 4, 3, 3]");
    }

    @Test
    void inspectReadsSingleFiles() {
        Cli cli = Cli.run(
                "inspect", Fixture.resource("import", "foreign/ldm.safetensors").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("684 of 684 parameters found").contains("model_ema");
    }

    @Test
    void doctorTellsWhatRunsHow() {
        Cli cli = Cli.run("doctor");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains("backend", "threads", "GFLOP/s", "formulation native", "same bits on any number of threads");
        assertThat(cli.out())
                .containsPattern("model +weights in use: UNet \\d+\\.\\d\\d GB, text encoder \\d+\\.\\d\\d GB.* once");
        assertThat(cli.out()).containsPattern("formulation fused +runs float32, the default: oneDNN 3");
    }

    @Test
    void benchInJsonPrintsOneObjectWithEachRun() throws Exception {
        for (String what : List.of("unet", "unet-controlled", "vae", "text", "train-lora")) {
            Cli cli = Cli.run("bench", what, "--size", "8", "--batch", "2", "--runs", "2", "--json");
            assertThat(cli.exit()).as(cli.err()).isZero();
            JsonNode root = new ObjectMapper().readTree(cli.out());
            assertThat(root.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "what",
                            "batch",
                            "size",
                            "precision",
                            "execution",
                            "threads",
                            "load_seconds",
                            "seconds",
                            "peak_rss_gb");
            assertThat(root.get("what").asText()).isEqualTo(what);
            assertThat(root.get("seconds")).hasSize(2).allMatch(seconds -> seconds.asDouble() > 0);
        }
    }

    @Test
    void benchTellsWhereTheTimeGoes() throws Exception {
        Cli cli = Cli.run("bench", "unet", "--size", "8", "--runs", "2", "--json", "--profile");
        assertThat(cli.exit()).as(cli.err()).isZero();
        JsonNode root = new ObjectMapper().readTree(lastLine(cli.out()));
        double seconds = 0;
        for (JsonNode line : root.get("profile")) {
            assertThat(line.fieldNames())
                    .toIterable()
                    .containsExactly("operation", "shapes", "calls", "seconds", "gflop");
            seconds += line.get("seconds").asDouble();
        }
        double runs = root.get("seconds").get(0).asDouble()
                + root.get("seconds").get(1).asDouble();
        assertThat(seconds).isPositive().isLessThan(runs / 2);
        assertThat(cli.err()).contains("GFLOP/s", "Convolution", "Attention", "between operations");
        Cli refused = Cli.run("bench", "unet", "--profile", "--execution", "native");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("--profile needs --execution fused");
    }

    /** ND4J's first words of a process may come before it. */
    private static String lastLine(String text) {
        return text.lines().reduce("", (before, line) -> line);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                             | Say what to do
            frobnicate                                     | Unmatched argument
            generate                                       | Missing required option: '--prompt=<prompts>'
            generate --prompt x --steps many               | Invalid value for option '--steps'
            edit --source x                                | Give both --source and --target
            edit --target x                                | Give both --source and --target
            run                                            | Missing required
            """)
    void wrongUsageExitsWithTwo(String line, String message) {
        Cli cli = Cli.run(line.isEmpty() ? new String[0] : line.split(" +"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains(message);
        assertThat(cli.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            generate --prompt x --model nowhere            | nowhere: no such model; give a diffusers folder or a checkpoint file
            generate --prompt x --scheduler fast           | there is no scheduler "fast"; known are ddim, pndm, ddpm, lms, euler, euler-a, heun, dpm2, dpm2-a, dpm++2m, dpm++2m-karras, dpm++2m-sde, dpm++2m-sde-heun, dpm++3m, dpm++3m-sde, dpm++2s, dpm++sde, unipc, deis, sa-solver, lcm, tcd, ipndm
            generate --prompt x --width 30                 | width is 30, must be a multiple of 4, for instance 28
            generate --prompt x --steps 0                  | --steps is 0, must be at least 1
            generate --prompt x --eta 0.5                  | --eta is for the schedulers ddim and tcd; add --scheduler ddim
            generate --prompt x --image nowhere.png        | nowhere.png: no such picture
            generate --prompt x --mask nowhere.png         | --mask and --strength need a picture: --image FILE
            generate --prompt x --latents nowhere          | nowhere: no such file
            generate --prompt x --lora x.safetensors       | x.safetensors: no such file
            generate --prompt x --threads 0                | --threads is 0, must be at least 1
            edit --source a --target b --inversion magic --image pom.xml | pom.xml: not a picture that can be read; PNG, JPEG, WebP, TIFF, BMP and GIF can
            edit --source a --target b --weight c          | --weight is "c", must be word=factor
            edit --source a --target b --mode swap         | --mode is "swap", must be auto, replace, refine or same_position
            edit --source a --target b --cross-steps lots  | --cross-steps has "lots", must be a number
            run clock --inputs a --dump b                  | COMPONENT is "clock", must be unet, text, vae-encode or vae-decode
            inspect nowhere                                | nowhere: no such file
            bench clock                                    | there is nothing to measure called "clock"; known are picture, unet, unet-controlled, vae, text, train-lora, train-full
            bench unet --runs 0                            | --runs is 0, must be at least 1
            """)
    void badInputIsOneLineAndExitsWithOne(String line, String message) {
        Cli cli = Cli.run(line.split(" +"));
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.err().strip().lines().toList()).hasSize(1).first().isEqualTo("sd15: " + message);
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void theHelpNamesAllSchedulers() {
        for (String command : List.of("generate", "edit", "masactrl")) {
            String help = Cli.run(command, "--help").out().replaceAll("\\s+", " ");
            assertThat(help).contains(String.join(", ", Schedulers.names()) + " (default: what the model says");
        }
    }

    @Test
    void aBrokenModelIsOneLineThatNamesFileAndTensor() throws Exception {
        Path model = folder.resolve("model");
        try (var files = Files.walk(EmbeddedModel.folder())) {
            for (Path file : files.toList()) {
                Path copy =
                        model.resolve(EmbeddedModel.folder().relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        Path unet = model.resolve("unet/diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(unet);
        Files.write(unet, java.util.Arrays.copyOf(bytes, bytes.length - 1000));
        Cli cli = Cli.run("generate", "--prompt", "x", "--model", model.toString());
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err().strip().lines().toList())
                .hasSize(1)
                .first()
                .asString()
                .contains(unet.toString());
        Cli verbose = Cli.run("generate", "--prompt", "x", "--model", model.toString(), "--verbose");
        assertThat(verbose.err()).contains("\tat org.sd15.");
    }

    @Test
    void whatIsNotThereYetIsSaidAndDoneInAnotherWay() {
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                "x",
                "--steps",
                "1",
                "--precision",
                "bfloat16",
                "--execution",
                "native",
                "--output",
                folder.resolve("x.png").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("computing in float32");
    }

    @Test
    void aPromptThatIsTooLongIsSaid() {
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                "red ".repeat(90),
                "--steps",
                "1",
                "--output",
                folder.resolve("x.png").toString());
        assertThat(cli.exit()).isZero();
        assertThat(cli.err()).contains("the prompt has 92 tokens, the text encoder reads 77: the last 15 are left out");
    }
}
