package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.shapes.EmbeddedModel;

/**
 * Every training runs as it stands, in a step or two, and writes and says what it promises. Two that take long, and whose
 * parts others test, run with {@code -Pfull}.
 */
class TrainingMainsTest {

    @TempDir
    private Path folder;

    @FunctionalInterface
    private interface Example {
        void main(String[] arguments) throws Exception;
    }

    private String run(Example example, Object... arguments) throws Exception {
        PrintStream out = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            example.main(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<String> found(String output, String pattern) {
        return Pattern.compile(pattern)
                .matcher(output)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private List<String> lines(String log) throws IOException {
        return Files.readAllLines(folder.resolve(log));
    }

    /** AdamW's first step is as large as the rate. Purple is two tokens. */
    @Test
    void aWordHasAVectorForEachTokenOfTheModelsOwnAndHasLearnt() throws Exception {
        String output = run(LearnAColourWord::main, folder, "purple", 1, 1);
        assertThat(found(output, "(before|after|own word): .* in \\d+ of 24 pictures"))
                .containsExactly("before", "after", "own word");
        INDArray start;
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            int red = model.tokenizer().encode("red").ids().get(1);
            start = model.textEncoder()
                    .tokenEmbedding(red)
                    .castTo(DataType.FLOAT)
                    .dup();
        }
        INDArray vectors =
                EmbeddingFile.read(folder.resolve("tone.safetensors")).vectors();
        assertThat(vectors.shape()).containsExactly(2, 128);
        for (int i = 0; i < 2; i++) {
            INDArray change = vectors.getRow(i).sub(start.reshape(128));
            assertThat(change.amaxNumber().doubleValue()).isBetween(4.9e-3, 5.1e-3);
        }
        assertThat(lines("log.csv")).hasSize(2);
        assertThat(folder.resolve("colour-word.png")).exists();
    }

    @Test
    void dreamBoothTrainsWithoutAndWithPicturesThatTheModelDrewOfTheClass() throws Exception {
        String output = run(DreamBoothKeepsItsClass::main, folder, 1, 1, 1);
        List<String> losses = found(output, "prior loss on fixed noise ([\\d.]+)");
        assertThat(losses).hasSize(3).doesNotHaveDuplicates();
        assertThat(output).contains("\nwith pictures of the class: \"a sks square\" is the subject in ");
        assertThat(lines("without/log.csv").get(1).split(",", -1)[3]).isEmpty();
        assertThat(Double.parseDouble(lines("with/log.csv").get(1).split(",", -1)[3]))
                .isPositive();
        assertThat(folder.resolve("class")).isDirectoryContaining("glob:**.png");
        assertThat(PngFile.read(folder.resolve("dreambooth.png")).getHeight()).isGreaterThan(3 * 112);
    }

    /** The picture stands beside what the model drew before and after; the steps are counted. */
    @Test
    @Tag("full")
    void onePictureIsDrawnBeforeAndAfterItsTraining() throws Exception {
        String output = run(OverfitOnePicture::main, folder, 1, 1);
        List<String> losses = found(output, "loss on fixed noise ([\\d.]+)");
        assertThat(losses).hasSize(2).doesNotHaveDuplicates();
        assertThat(found(output, "the autoencoder alone: ([\\d.]+)")).containsExactly("29.8", "29.8");
        assertThat(lines("log.csv")).hasSize(2);
        assertThat(folder.resolve("overfit.png")).exists();
    }

    /** One that adds nothing, as its second matrices are still zero: both rows are the same. */
    @Test
    void twinsAreDrawnWithoutAndWithALora() throws Exception {
        Path lora = folder.resolve("new.safetensors");
        Method method = new Method.Lora(new LowRank(1, 1), AdaptedLayers.ATTENTION, false);
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder());
                TrainingJob job = new TrainingJob(files, method, 1)) {
            job.write(job.model().parameters(), lora, Map.of());
        }
        Path sheet = folder.resolve("twins.png");
        String output = run(TwinShapes::main, folder.resolve("twins"), lora, sheet, 1);
        assertThat(folder.resolve("twins/scene-00019.png")).exists();
        List<String> counts = found(output, "(?:without|with the LoRA): (\\d+) of 12 pictures");
        assertThat(counts).hasSize(2);
        assertThat(counts.get(0)).isEqualTo(counts.get(1));
        assertThat(sheet).exists();
    }

    /** With itself: all is the same. */
    @Test
    void aModelIsComparedWithTheEmbeddedOne() throws Exception {
        Path sheet = folder.resolve("sheet.png");
        String output = run(CompareModels::main, EmbeddedModel.folder(), sheet, 5, 1);
        List<String> right = found(output, "of 24 pictures (\\d+ shapes and \\d+ backgrounds) have their colour");
        assertThat(right).hasSize(2);
        assertThat(right.get(0)).isEqualTo(right.get(1));
        assertThat(sheet).exists();
    }

    @Test
    @Tag("full")
    void aModelComesFromNothingAndDraws() throws Exception {
        run(ShapesFromNothing::main, folder, 1, 2, 1, 1);
        assertThat(lines("vae-training/log.csv")).hasSize(2);
        assertThat(lines("training/log.csv")).hasSize(2);
        INDArray drawn;
        try (StableDiffusion model = StableDiffusion.load(folder.resolve("model"))) {
            drawn = new Drawing(1, 1, 1).of(model, List.of("a red circle"));
        }
        assertThat(drawn.shape()).containsExactly(1, 3, 64, 64);
        assertThat(drawn.minNumber().doubleValue()).isBetween(0.0, 1.0);
    }
}
