package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.EmbeddingFormat;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** LoRAs and learnt words on the small trained model, whose weights are mapped from their files. */
class ModelFilesWithAdditionsTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final String TO_V = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v";
    private static final String FC1 = "text_model.encoder.layers.0.mlp.fc1";

    @TempDir
    private Path folder;

    private Path lora() throws IOException {
        Path path = folder.resolve("lora.safetensors");
        if (!Files.exists(path)) {
            try (ModelFiles files = ModelFiles.open(SHAPES);
                    UNet unet = files.unet();
                    ClipTextEncoder text = files.textEncoder()) {
                LoraWeights.Builder lora = LoraWeights.builder();
                long[] weight = unet.weights().get(TO_V + ".weight").shape();
                lora.unet(TO_V, array("a", 4, weight[1]), array("b", weight[0], 4), 2);
                weight = text.weights().get(FC1 + ".weight").shape();
                lora.textEncoder(FC1, array("c", 4, weight[1]), array("d", weight[0], 4), 2);
                LoraFile.write(lora.build(), LoraFormat.KOHYA, path);
            }
        }
        return path;
    }

    private Path word(int width) throws IOException {
        Path path = folder.resolve("word.safetensors");
        TextualInversion word = new TextualInversion("<thing>", array("thing", 2, width));
        EmbeddingFile.write(word, EmbeddingFormat.DIFFUSERS, path);
        return path;
    }

    private static INDArray array(String name, long... shape) {
        return Rule.input(name, DataType.FLOAT, shape).muli(0.3);
    }

    private static INDArray predict(UNet unet) {
        return unet.predict(UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                500,
                Rule.input("context", DataType.FLOAT, 1, 7, unet.config().crossAttentionDim())));
    }

    /** Merged from the start, or later, or into a part alone: always the same; and the files are never touched. */
    @Test
    void aLoraIsMergedIntoTheWholeModelAndIntoItsParts() throws Exception {
        byte[] before = Files.readAllBytes(SHAPES.resolve("unet/diffusion_pytorch_model.safetensors"));
        List<String> prompts = List.of("a large red circle");
        INDArray merged;
        INDArray states;
        try (ModelFiles files = ModelFiles.open(SHAPES).lora(lora(), 0.5);
                UNet unet = files.unet();
                StableDiffusion model = StableDiffusion.of(files)) {
            merged = predict(unet);
            states = model.encode(prompts, 0);
            assertSameBits("assembled", predict(model.unet()), merged);
            model.loras().clear();
            assertThat(largestDifference(predict(model.unet()), merged)).isGreaterThan(1e-3);
        }
        try (StableDiffusion model = StableDiffusion.load(SHAPES)) {
            INDArray plain = predict(model.unet());
            INDArray plainStates = model.encode(prompts, 0);
            assertThat(largestDifference(plainStates, states)).isGreaterThan(1e-3);
            LoraWeights lora = LoraFile.read(lora(), model.loras().targets());
            model.loras().add("late", lora, 0.5);
            assertSameBits("merged later", predict(model.unet()), merged);
            assertSameBits("text states", model.encode(prompts, 0), states);
            model.loras().clear();
            assertSameBits("taken out", predict(model.unet()), plain);
            assertSameBits("text states, taken out", model.encode(prompts, 0), plainStates);
        }
        assertThat(SHAPES.resolve("unet/diffusion_pytorch_model.safetensors")).hasBinaryContent(before);
    }

    @Test
    void aLearntWordIsKnownToTheWholeModelAndToItsParts() throws Exception {
        INDArray fromStart;
        try (StableDiffusion model = StableDiffusion.of(ModelFiles.open(SHAPES).embedding(word(128)))) {
            fromStart = model.encode(List.of("a <thing>"), 0);
        }
        try (StableDiffusion model = StableDiffusion.load(SHAPES)) {
            INDArray unknown = model.encode(List.of("a <thing>"), 0);
            TextualInversion word = EmbeddingFile.read(word(128));
            model.add(word);
            assertSameBits("added later", model.encode(List.of("a <thing>"), 0), fromStart);
            assertThat(largestDifference(unknown, fromStart)).isGreaterThan(1e-2);
            assertThatThrownBy(() -> model.add(word)).hasMessageContaining("already");
            int first = model.textEncoder().config().vocabSize();
            assertThat(model.tokenizer().encode("<thing>").ids()).contains(first, first + 1);
            model.add(word.named("<other>"));
            assertThat(model.tokenizer().encode("<other>").ids()).contains(first + 2, first + 3);
        }
        try (ModelFiles files = ModelFiles.open(SHAPES).embedding(word(128));
                ClipTextEncoder text = files.textEncoder()) {
            int[] ids = files.tokenizer().encode("a <thing>").padded();
            assertSameBits("text encoder alone", text.encode(ids), fromStart);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsFile() throws Exception {
        Path wide = word(64);
        Path lora = Fixture.resource("import", "lora/peft.safetensors");
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            assertThatThrownBy(() -> files.embedding(wide))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll(wide.toString(), "<thing>", "[2, 64]", "[tokens, 128]");
            assertThatThrownBy(() -> files.lora(lora, 1))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining(lora.toString())
                    .hasMessageContaining("tensors of the wrong shape");
            assertThatThrownBy(() -> files.lora(lora(), Double.POSITIVE_INFINITY))
                    .hasMessageContaining("scale");
            files.embedding(word(128));
            Path again = folder.resolve("again.safetensors");
            Files.copy(word(128), again);
            files.embedding(again);
            assertThatThrownBy(() -> StableDiffusion.of(files))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining(again.toString())
                    .hasMessageContaining("already");
        }
    }
}
