package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.CaptionTemplates;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.ClassPictures;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.TrainingPictures;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.shapes.EmbeddedModel;

/** The same training by {@code train} and in Java writes the same file, byte by byte. */
class TrainingInJavaTest {

    @TempDir
    private Path folder;

    private String data = "";

    @BeforeEach
    void draw() throws IOException {
        data = new ShortTraining(folder).data();
    }

    private void train(String... arguments) {
        String[] all = new String[arguments.length + 3];
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[0] = "train";
        all[arguments.length + 1] = "--data";
        all[arguments.length + 2] = data;
        Cli cli = Cli.run(all);
        assertThat(cli.exit()).as(cli.err()).isZero();
    }

    private String output(String name) {
        return folder.resolve(name).toString();
    }

    private void run(TrainingBuilder training) throws IOException {
        try (ModelFiles model = ModelFiles.open(EmbeddedModel.folder())) {
            assertThat(training.modelName("embedded").build().run(model)).isTrue();
        }
    }

    private void assertSameFile(String one, String other) {
        assertThat(folder.resolve(one)).hasSameBinaryContentAs(folder.resolve(other));
    }

    /** In Java in one go; by the command stopped after two steps and resumed. */
    @Test
    void aLora() throws IOException {
        for (String[] part : new String[][] {{"--train-steps", "2"}, {"--train-steps", "3", "--resume"}}) {
            String[] fixed = {
                "lora",
                "--output",
                output("a.safetensors"),
                "--rank",
                "2",
                "--alpha",
                "1",
                "--targets",
                "attn2.to_k",
                "--batch",
                "2",
                "--flip",
                "--caption-dropout",
                "0.3",
                "--offset-noise",
                "0.1",
                "--min-snr",
                "5",
                "--warmup",
                "1",
                "--learning-rate",
                "1e-3",
                "--ema",
                "0.9",
                "--accumulate",
                "2",
                "--seed",
                "7",
                "--checkpoint-every",
                "1",
                "--weight-decay",
                "0.01"
            };
            String[] all = Arrays.copyOf(fixed, fixed.length + part.length);
            System.arraycopy(part, 0, all, fixed.length, part.length);
            train(all);
        }
        run(Training.lora(new Method.Lora(new LowRank(2, 1), AdaptedLayers.of("attn2.to_k"), false))
                .data(TrainingPictures.in(Path.of(data)).batch(2).randomFlip(true))
                .output(folder.resolve("b.safetensors"))
                .captionDropout(0.3)
                .noise(0.1, 0)
                .weighting(new LossWeighting.MinSnr(5))
                .settings(usual -> usual.withLearningRate(new LearningRate(Shape.CONSTANT, 1e-3, 1, 3))
                        .averaging(new EmaDecay(0.9, false))
                        .accumulating(2))
                .checkpoints(CheckpointSchedule.every(1))
                .seed(7));
        assertSameFile("a.safetensors", "b.safetensors");
    }

    /** What is not said is the same too, such as the rate of a whole UNet that learns one subject. */
    @Test
    void aSubjectWithItsClass() throws IOException {
        String[] subject = {
            "dreambooth",
            "--output",
            output("a"),
            "--instance-prompt",
            "a sks circle",
            "--class-prompt",
            "a circle",
            "--class-data",
            output("class"),
            "--class-pictures",
            "1",
            "--class-steps",
            "1",
            "--train-steps",
            "1"
        };
        train(subject);
        run(Training.dreamBooth(new Method.Full(name -> true, Method.TextPart.NOTHING), "a sks circle")
                .data(Path.of(data))
                .output(folder.resolve("b"))
                .classPictures(new ClassPictures("a circle", folder.resolve("class"), 1, 1, 1))
                .steps(1));
        assertSameFile("a/unet/diffusion_pytorch_model.safetensors", "b/unet/diffusion_pytorch_model.safetensors");
    }

    @Test
    void aWordForAStyle() throws IOException {
        train(
                "textual-inversion",
                "--output",
                output("a.safetensors"),
                "--token",
                "<x>",
                "--initializer",
                "red",
                "--style",
                "--train-steps",
                "2");
        run(Training.textualInversion("<x>", "red")
                .captions(CaptionTemplates.STYLE.of("<x>"))
                .data(Path.of(data))
                .output(folder.resolve("b.safetensors"))
                .steps(2));
        assertSameFile("a.safetensors", "b.safetensors");
    }

    @Test
    void anAutoencoder() throws IOException {
        train("vae", "--output", output("a"), "--train-steps", "2", "--batch", "2", "--random-crop");
        run(Training.vae(VaeLoss.USUAL)
                .data(TrainingPictures.in(Path.of(data)).batch(2).randomCrop(true))
                .output(folder.resolve("b"))
                .steps(2));
        assertSameFile("a/vae/diffusion_pytorch_model.safetensors", "b/vae/diffusion_pytorch_model.safetensors");
    }
}
