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
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** Parts that a single file lacks are named and can be taken from elsewhere, and so can what the model predicts. */
class PartsFromElsewhereTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final String VAE = "first_stage_model.";
    private static final String TEXT = "cond_stage_model.transformer.";

    @TempDir
    private Path folder;

    private Path whole = Path.of("");

    @BeforeEach
    void makeACheckpoint() throws IOException {
        whole = folder.resolve("whole.safetensors");
        Cli converted = Cli.run("convert", SHAPES.toString(), whole.toString());
        assertThat(converted.exit()).as(converted.err()).isZero();
    }

    /** The tensors of the whole checkpoint that are given a name, with or without its configurations. */
    private Path rewritten(String name, boolean configured, UnaryOperator<String> names) throws IOException {
        Path file = folder.resolve(name);
        SafetensorsWriter writer = SafetensorsWriter.create();
        try (TensorFile tensors = TensorFiles.open(whole)) {
            if (configured) {
                tensors.metadata().forEach(writer::metadata);
            }
            for (String original : tensors.tensors().keySet()) {
                String given = names.apply(original);
                if (!given.isEmpty()) {
                    writer.add(given, tensors.load(original, DataType.FLOAT), DType.F32);
                }
            }
            writer.write(file);
        }
        return file;
    }

    private Path without(String prefix) throws IOException {
        return rewritten("lacking.safetensors", true, name -> name.startsWith(prefix) ? "" : name);
    }

    private Path alone(String name, String prefix) throws IOException {
        return rewritten(name, false, tensor -> tensor.startsWith(prefix) ? tensor.substring(prefix.length()) : "");
    }

    private Cli decode(Path model, String... options) throws IOException {
        Path in = folder.resolve("in.safetensors");
        Tensors.write(in, Map.of("latents", Rule.input("latents", DataType.FLOAT, 1, 4, 8, 8)));
        return run(model, "vae-decode", in, options);
    }

    private Cli encode(Path model, String... options) throws IOException {
        Path in = folder.resolve("in.safetensors");
        Tensors.write(in, Map.of("ids", Nd4j.createFromArray(new float[] {625, 540, 626})));
        return run(model, "text", in, options);
    }

    private Cli run(Path model, String component, Path in, String... options) {
        List<String> arguments = new ArrayList<>(List.of("run", component, "--model", model.toString(), "--inputs"));
        arguments.addAll(List.of(
                in.toString(), "--dump", folder.resolve("out.safetensors").toString()));
        arguments.addAll(List.of(options));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private INDArray result(Cli cli) throws IOException {
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Objects.requireNonNull(
                Tensors.readAll(folder.resolve("out.safetensors")).get("out"));
    }

    @Test
    void aMissingVaeIsNamedAndFilled() throws IOException {
        INDArray expected = result(decode(whole));
        Path lacking = without(VAE);
        assertThat(Cli.run("inspect", lacking.toString()).out()).contains("vae: missing");
        Cli refused = Cli.run("convert", lacking.toString(), folder.resolve("x").toString());
        assertThat(refused.message()).contains("has no VAE: no tensor begins with first_stage_model.", "--vae PATH");
        assertThat(decode(lacking).message()).contains("has no VAE", "--vae PATH");
        Path bare = alone("vae.safetensors", VAE);
        for (Path vae : List.of(
                SHAPES, SHAPES.resolve("vae"), SHAPES.resolve("vae/diffusion_pytorch_model.safetensors"), whole)) {
            assertSameBits(vae.toString(), result(decode(lacking, "--vae", vae.toString())), expected);
        }
        Path plain = rewritten("plain.safetensors", false, name -> name); // whose groups are taken for 32 as well
        assertSameBits(
                "bare",
                result(decode(lacking, "--vae", bare.toString())),
                result(decode(lacking, "--vae", plain.toString())));
    }

    @Test
    void aMissingTextEncoderIsNamedAndFilled() throws IOException {
        INDArray expected = result(encode(whole));
        Path lacking = without(TEXT);
        assertThat(Cli.run("inspect", lacking.toString()).out()).contains("text_encoder: missing");
        assertThat(encode(lacking).message())
                .contains("has no text encoder: no tensor begins with", "--text-encoder PATH");
        Files.createDirectories(folder.resolve("text"));
        Path bare = alone("text/model.safetensors", TEXT);
        Files.copy(SHAPES.resolve("text_encoder/config.json"), folder.resolve("text/config.json"));
        for (Path text : List.of(SHAPES, SHAPES.resolve("text_encoder"), whole, bare)) {
            assertSameBits(text.toString(), result(encode(lacking, "--text-encoder", text.toString())), expected);
        }
        Cli wrong = encode(
                lacking,
                "--text-encoder",
                SHAPES.resolve("vae/diffusion_pytorch_model.safetensors").toString());
        assertThat(wrong.message()).contains("has no text_encoder, it looks like vae");
    }

    private INDArray drawn(Path model, String... options) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("generate", "--model", model.toString(), "--prompt", "a star"));
        arguments.addAll(
                List.of("--steps", "2", "--output", folder.resolve("x.png").toString()));
        arguments.addAll(List.of("--dump", folder.resolve("drawn.safetensors").toString()));
        arguments.addAll(List.of(options));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Objects.requireNonNull(
                Tensors.readAll(folder.resolve("drawn.safetensors")).get("latents"));
    }

    /** What is written takes the other files of the folder along, so it must not be trained with others than its own. */
    @Test
    void aFolderOfWhichSomethingIsReplacedIsNotTrainedInFull() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        PngFile.write(data.resolve("a.png"), new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB), Map.of());
        Files.writeString(data.resolve("a.txt"), "a star");
        for (List<String> replaced : List.of(
                List.of("--prediction", "v"),
                List.of("--vae", whole.toString()),
                List.of("--tokenizer", SHAPES.toString()))) {
            List<String> arguments = new ArrayList<>(List.of("train", "full", "--model", SHAPES.toString(), "--data"));
            arguments.addAll(List.of(data.toString(), "--train-steps", "1", "--output"));
            arguments.add(folder.resolve("trained").toString());
            arguments.addAll(replaced);
            Cli refused = Cli.run(arguments.toArray(String[]::new));
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.message()).contains("nor a folder of which something is replaced", "convert it");
        }
    }

    private Path converted(Path model) {
        Path single = folder.resolve("single.safetensors");
        Cli cli = Cli.run("convert", model.toString(), single.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        return single;
    }

    @Test
    void whatAModelPredictsIsToldByAnOptionOrByAFileBesideIt() throws IOException {
        Path model = folder.resolve("v");
        ModelChoiceTest.copy(SHAPES, model);
        Path config = model.resolve("scheduler/scheduler_config.json");
        String text = Files.readString(config);
        INDArray noise = drawn(model);
        INDArray velocity = drawn(model, "--prediction", "v");
        assertThat(largestDifference(velocity, noise)).isGreaterThan(0.1);
        Files.writeString(config, text.replace("\"epsilon\"", "\"v_prediction\""));
        assertSameBits("as the configuration says it", velocity, drawn(model));
        assertSameBits("the option wins", noise, drawn(model, "--prediction", "epsilon"));
        Path single = converted(model);
        assertSameBits("a single file tells it too", velocity, drawn(single));
        Cli refused = Cli.run("generate", "--prompt", "x", "--prediction", "w");
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("'w' is not one of epsilon, v_prediction, sample");
    }
}
