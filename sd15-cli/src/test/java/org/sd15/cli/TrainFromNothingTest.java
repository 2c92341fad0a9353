package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.SceneFolder;

/** A model from nothing, as a script makes it: its autoencoder, then the rest; the embedded model's topology, narrow. */
class TrainFromNothingTest {

    private static final List<String> COPIED = List.of(
            "model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt");

    @TempDir
    private Path folder;

    @BeforeEach
    void describeAModelAndDrawPictures() throws IOException {
        Path model = EmbeddedModel.folder();
        for (String file : COPIED) {
            Path target = folder.resolve("new").resolve(file);
            Files.createDirectories(target.getParent());
            Files.copy(model.resolve(file), target);
        }
        narrow("unet", json -> {
            json.putArray("block_out_channels").add(16).add(16).add(16);
            json.put("norm_num_groups", 8).put("cross_attention_dim", 16);
        });
        narrow(
                "text_encoder",
                json -> json.put("hidden_size", 16).put("intermediate_size", 32).put("num_hidden_layers", 1));
        narrow("vae", json -> {
            json.putArray("block_out_channels").add(8).add(8).add(8);
            json.put("norm_num_groups", 4);
        });
        SceneFolder.draw(folder.resolve("pictures"), 3, 1);
    }

    private void narrow(String component, Consumer<ObjectNode> change) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        Path config = EmbeddedModel.folder().resolve(component).resolve("config.json");
        ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
        change.accept(json);
        Path target = Files.createDirectories(folder.resolve("new").resolve(component));
        mapper.writeValue(target.resolve("config.json").toFile(), json);
    }

    private Cli train(String method, String configuration, String output, String... more) {
        List<String> arguments = new ArrayList<>(List.of("train", method, "--init-config"));
        arguments.add(folder.resolve(configuration).toString());
        arguments.addAll(List.of("--data", folder.resolve("pictures").toString(), "--batch", "2"));
        arguments.addAll(List.of("--output", folder.resolve(output).toString()));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    /** The rest in three steps and, elsewhere, in one and two more: the same bits, and a model that draws. */
    @Test
    void aModelLearnsFromItsConfigurationIsStoppedAndResumed() throws IOException {
        Cli vae = train("vae", "new", "with-vae", "--train-steps", "2");
        assertThat(vae.exit()).as(vae.err()).isZero();
        assertThat(vae.err())
                .contains("vae: drawn anew with seed 42", "parameters learn; memory about", "2 steps, about");
        assertRecorded("with-vae/vae/diffusion_pytorch_model.safetensors", "vae", "the configuration new");
        String[] rest = {"--train", "unet,text", "--high-noise", "20", "--offset-noise", "0.1", "--ema", "0.9"};
        Cli whole = train("full", "with-vae", "whole", with(rest, "--train-steps", "3"));
        assertThat(whole.exit()).as(whole.err()).isZero();
        assertRecorded("whole/unet/diffusion_pytorch_model.safetensors", "full", "the configuration with-vae");
        assertThat(whole.err())
                .contains("unet: drawn anew with seed 42", "text_encoder: drawn anew", "vae: weights of ");
        Cli first = train("full", "with-vae", "half", with(rest, "--train-steps", "1", "--checkpoint-every", "1"));
        assertThat(first.exit()).as(first.err()).isZero();
        Cli second = train("full", "with-vae", "half", with(rest, "--train-steps", "3", "--resume"));
        assertThat(second.exit()).as(second.err()).isZero();
        assertThat(second.err()).contains("continuing after step 1");
        for (String file : List.of("unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors")) {
            Map<String, INDArray> expected =
                    Tensors.readAll(folder.resolve("whole").resolve(file));
            Tensors.readAll(folder.resolve("half").resolve(file))
                    .forEach((name, array) -> assertSameBits(name, array, expected.get(name)));
        }
        assertThat(Tensors.readAll(folder.resolve("half.training/checkpoints/checkpoint-000001.safetensors")))
                .containsKey("weights/text_encoder.text_model.embeddings.token_embedding.weight");
        Path picture = folder.resolve("picture.png");
        Cli drawn = Cli.run(
                "generate",
                "--model",
                folder.resolve("half").toString(),
                "--prompt",
                "a red circle",
                "--steps",
                "2",
                "--output",
                picture.toString());
        assertThat(drawn.exit()).as(drawn.err()).isZero();
        assertThat(picture).exists();
    }

    private void assertRecorded(String file, String method, String model) throws IOException {
        try (TensorFile written = SafetensorsFile.open(folder.resolve(file))) {
            assertThat(written.metadata())
                    .containsEntry("sd15.training.method", method)
                    .containsEntry("sd15.training.model", model)
                    .containsEntry("sd15.training.seed", "42")
                    .hasEntrySatisfying(
                            "sd15.training.data", digest -> assertThat(digest).hasSize(64))
                    .hasEntrySatisfying(
                            "sd15.training.version",
                            versions -> assertThat(versions).contains("sd15 0.2.0, nd4j 1.0.0-M2.1, java "));
        }
    }

    @Test
    void aPictureThatCanNotBeReadEndsATrainingOfTheAutoencoderBeforeItBeginsOrIsLeftOut() throws IOException {
        Path broken = Files.writeString(folder.resolve("pictures/broken.png"), "no picture");
        assertThat(train("vae", "new", "x", "--train-steps", "1").message()).contains(broken.toString());
        Cli skipping = train("vae", "new", "x", "--train-steps", "1", "--skip-bad");
        assertThat(skipping.exit()).as(skipping.err()).isZero();
        assertThat(skipping.err()).contains("left out: " + broken);
    }

    private static String[] with(String[] some, String... more) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void mistakesAreOneLine() {
        assertThat(train("full", "new", "x", "--train", "unet,text").message())
                .contains("has no weights for the vae", "train it first, with train vae");
        assertThat(train("full", "new", "x", "--model", "y").message())
                .contains("--model has weights and --init-config asks for none");
        assertThat(train("full", "new", "x", "--high-noise", "20", "--min-snr", "5")
                        .message())
                .contains("no weights for the");
        assertThat(train("vae", "new", "x", "--memory", "0.1").message())
                .contains("this training needs about 0.9 GB of memory, there are 0.1: nothing smaller would fit");
        for (String side : List.of("50", "0", "-4")) {
            assertThat(train("vae", "new", "x", "--resolution", side).message())
                    .contains("--resolution is " + side + ", must be a multiple of 4 pixels");
        }
        assertThat(train("vae", "new", "x", "--l2", "0", "--l1", "0").message()).contains("pictures must count");
    }
}
