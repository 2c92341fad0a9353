package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Rule;

/** {@code train} as a script uses it, on the embedded model. */
class TrainCommandsTest {

    @TempDir
    private Path folder;

    private Cli train(String method, String output, String... more) {
        return new ShortTraining(folder).run(method, output, more);
    }

    /** Three steps and, elsewhere, one and two more: the same bits; with all the files on the way. */
    @Test
    void aLoraIsTrainedStoppedAndResumed() throws IOException {
        String data = new ShortTraining(folder).data();
        Cli whole = train("lora", "whole.safetensors", "--data", data, "--train-steps", "3", "--rank", "2", "--flip");
        assertThat(whole.exit()).as(whole.err()).isZero();
        assertThat(whole.err()).contains("parameters learn; memory about");
        Cli first = train(
                "lora",
                "half.safetensors",
                "--data",
                data,
                "--train-steps",
                "1",
                "--rank",
                "2",
                "--flip",
                "--checkpoint-every",
                "1");
        assertThat(first.exit()).as(first.err()).isZero();
        Cli second = train(
                "lora",
                "half.safetensors",
                "--data",
                data,
                "--train-steps",
                "3",
                "--rank",
                "2",
                "--flip",
                "--checkpoint-every",
                "1",
                "--resume",
                "--validation-prompt",
                "a red circle",
                "--validation-steps",
                "1");
        assertThat(second.exit()).as(second.err()).isZero();
        assertThat(second.err()).contains("continuing after step 1");
        assertThat(second.out()).contains("half.safetensors");
        Map<String, INDArray> expected = Tensors.readAll(folder.resolve("whole.safetensors"));
        Map<String, INDArray> found = Tensors.readAll(folder.resolve("half.safetensors"));
        assertThat(found.keySet())
                .isEqualTo(expected.keySet())
                .allMatch(name -> name.matches("unet\\..*attn2\\.to_k\\.lora_[AB]\\.weight"));
        found.forEach((name, array) -> assertSameBits(name, array, expected.get(name)));
        Path work = folder.resolve("half.safetensors.training");
        assertThat(Files.readAllLines(work.resolve("log.csv")))
                .hasSize(4)
                .first()
                .asString()
                .startsWith("step,loss,mean_loss");
        assertThat(work.resolve("loss.png")).isRegularFile();
        assertThat(work.resolve("validation/step-000003-0.png")).isRegularFile();
        assertThat(Files.readString(work.resolve("page.html")))
                .contains(
                        "Training of half.safetensors",
                        "<b>loss</b>",
                        "Drawn over the steps",
                        "<b>step 3</b> a red circle")
                .contains("Learnt from: ", "data:image/png;base64,");
        try (Stream<Path> checkpoints = Files.list(work.resolve("checkpoints"))) {
            assertThat(checkpoints).hasSize(2);
        }
    }

    @Test
    void aReplayTakesTheBatchesOfAnotherTrainer() throws IOException {
        Map<String, INDArray> batches = new LinkedHashMap<>();
        for (int k = 0; k < 2; k++) {
            batches.put("latents." + k, Rule.input("latents" + k, DataType.FLOAT, 1, 4, 16, 16));
            batches.put("noise." + k, Rule.input("noise" + k, DataType.FLOAT, 1, 4, 16, 16));
            batches.put("context." + k, Rule.input("context" + k, DataType.FLOAT, 1, 77, 128));
            batches.put("timesteps." + k, Nd4j.createFromArray(new float[] {300 + k}));
        }
        Path file = folder.resolve("batches.safetensors");
        Tensors.write(file, batches);
        Path dump = folder.resolve("dump.safetensors");
        Cli cli =
                train("full", "model", "--replay", file.toString(), "--dump", dump.toString(), "--learning-rate", "0");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(Tensors.read(dump, "loss").shape()).containsExactly(2);
        assertThat(Tensors.read(dump, "grad_norm").shape()).containsExactly(2);
        assertThat(Files.exists(folder.resolve("model/model_index.json"))).isTrue();
        Cli again = train(
                "full",
                "again",
                "--model",
                folder.resolve("model").toString(),
                "--replay",
                file.toString(),
                "--dump",
                dump.toString(),
                "--train-steps",
                "1",
                "--accumulate",
                "2");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(Tensors.read(dump, "loss").shape()).containsExactly(2);
    }

    @Test
    void dreamBoothDrawsItsClassAndReportsItsLoss() throws IOException {
        Cli cli = Cli.run(
                "train",
                "dreambooth",
                "--data",
                new ShortTraining(folder).data(),
                "--output",
                folder.resolve("dream.safetensors").toString(),
                "--rank",
                "1",
                "--targets",
                "attn2.to_v",
                "--instance-prompt",
                "a pink circle",
                "--class-prompt",
                "a circle",
                "--class-pictures",
                "2",
                "--class-steps",
                "1",
                "--train-steps",
                "1");
        assertThat(cli.exit()).as(cli.err()).isZero();
        Path work = folder.resolve("dream.safetensors.training");
        assertThat(work.resolve("class/class-0001.png")).isRegularFile();
        String[] line = Files.readAllLines(work.resolve("log.csv")).get(1).split(",", -1);
        double loss = Double.parseDouble(line[1]);
        double prior = Double.parseDouble(line[3]);
        assertThat(prior).isPositive().isLessThan(loss);
    }

    @Test
    void aCaptionThatIsTooLongIsCutAndTold() throws IOException {
        Path data = Path.of(new ShortTraining(folder).data());
        Files.writeString(data.resolve("b.txt"), "a red circle ".repeat(30));
        Cli cli = train("lora", "x.safetensors", "--data", data.toString(), "--train-steps", "1", "--rank", "1");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err())
                .contains("1 captions have more than the 77 tokens", "for instance that of " + data.resolve("b.png"));
    }

    @Test
    void aPlanThatCanNotFitIsRefusedBeforeAnythingIsLoaded() throws IOException {
        Cli cli = train("lora", "x.safetensors", "--data", new ShortTraining(folder).data(), "--memory", "0.5");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.message()).contains("needs about", "GB of memory, there are 0.5");
        assertThat(folder.resolve("x.safetensors.training")).doesNotExist();
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        assertThat(train("lora", "x.safetensors").message()).contains("nothing to train on: give --data FOLDER");
        String output = folder.resolve("x.safetensors").toString();
        String[] known = {
            "--token", "red", "--initializer", "a", "--data", new ShortTraining(folder).data(), "--output", output
        };
        assertThat(Cli.run(Stream.concat(Stream.of("train", "textual-inversion"), Stream.of(known))
                                .toArray(String[]::new))
                        .message())
                .contains("the word red is in the vocabulary already");
        assertThat(train("lora", "x.safetensors", "--data", new ShortTraining(folder).data(), "--schedule", "wavy")
                        .message())
                .contains("--schedule is \"wavy\", must be constant, linear, cosine or late_decay");
        assertThat(train(
                                "lora",
                                "x.safetensors",
                                "--data",
                                folder.resolve("none").toString())
                        .message())
                .contains("no such folder");
        assertThat(Cli.run("train").exit()).isEqualTo(2);
    }
}
