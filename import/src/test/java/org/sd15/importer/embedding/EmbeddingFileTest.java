package org.sd15.importer.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.torch.TorchWriter;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** Learnt words as diffusers 0.42.1, torch 2.15 and AUTOMATIC1111's web UI store them. */
class EmbeddingFileTest {

    @TempDir
    private Path folder;

    private static Path file(String name) {
        return Fixture.resource("import", "lora/" + name);
    }

    /** All files of a row were written from the same vectors. */
    @ParameterizedTest
    @CsvSource({
        "embedding_%d.safetensors, <thing>",
        "embedding_%d.bin, <thing>",
        "embedding_a1111_%d.pt, <thing>",
        "embedding_parameters_%d.pt, embedding_parameters_%d", // the first trainers', one of each layout of torch
        "embedding_webui_%d.safetensors, embedding_webui_%d"
    })
    void everyFormatIsRead(String name, String token) throws IOException {
        for (int count : new int[] {1, 3}) {
            TextualInversion word = EmbeddingFile.read(file(name.formatted(count)));
            INDArray expected = Fixture.open(file("embedding_%d.safetensors".formatted(count)))
                    .get("<thing>");
            assertThat(word.token()).isEqualTo(token.formatted(count));
            assertThat(word.count()).isEqualTo(count);
            assertSameBits(name, word.vectors(), expected);
        }
    }

    @Test
    void severalVectorsAreSeveralTokens() throws IOException {
        assertThat(EmbeddingFile.read(file("embedding_3.bin")).tokens())
                .containsExactly("<thing>", "<thing>_1", "<thing>_2");
        assertThat(EmbeddingFile.read(file("embedding_1.bin")).tokens()).containsExactly("<thing>");
        assertThat(EmbeddingFile.read(file("embedding_webui_1.safetensors"))
                        .named("<thing>")
                        .tokens())
                .containsExactly("<thing>");
    }

    @ParameterizedTest
    @EnumSource
    void aWordSurvivesEveryFormat(EmbeddingFormat format) throws IOException {
        TextualInversion word = new TextualInversion(
                "<häuschen>", Rule.input("v", DataType.FLOAT, 3, 8), Map.of("sd15_training", "{\"seed\": 7}"));
        Path path = folder.resolve("<häuschen>.pt");
        EmbeddingFile.write(word, format, path);
        TextualInversion read = EmbeddingFile.read(path);
        assertThat(read.token()).isEqualTo(word.token());
        assertSameBits("vectors", read.vectors(), word.vectors());
        assertThat(read.metadata()).containsEntry("sd15_training", "{\"seed\": 7}");
    }

    @Test
    void whatIsWrittenHasTheTensorsOfTheReferenceFiles() throws IOException {
        assertSameTensors(EmbeddingFormat.DIFFUSERS, "embedding_3.safetensors");
        assertSameTensors(EmbeddingFormat.WEBUI, "embedding_webui_3.safetensors");
        assertSameTensors(EmbeddingFormat.A1111, "embedding_a1111_3.pt");
    }

    private void assertSameTensors(EmbeddingFormat format, String like) throws IOException {
        Path path = folder.resolve(like);
        EmbeddingFile.write(EmbeddingFile.read(file(like)), format, path);
        try (TensorFile written = TensorFiles.open(path);
                TensorFile reference = TensorFiles.open(file(like))) {
            assertThat(written.tensors()).isEqualTo(reference.tensors());
            reference
                    .metadata()
                    .forEach((key, value) -> assertThat(written.metadata()).containsEntry(key, value));
        }
    }

    @Test
    void theSameWordGivesTheSameBytes() throws IOException {
        TextualInversion word = EmbeddingFile.read(file("embedding_a1111_3.pt"));
        EmbeddingFile.write(word, EmbeddingFormat.A1111, folder.resolve("a.pt"));
        EmbeddingFile.write(word, EmbeddingFormat.A1111, folder.resolve("b.pt"));
        assertThat(folder.resolve("a.pt")).hasSameBinaryContentAs(folder.resolve("b.pt"));
    }

    @Test
    void torchFilesOfAllFractionsAreWritten() throws IOException {
        Path path = folder.resolve("all.pt");
        INDArray values = Rule.input("v", DataType.FLOAT, 2, 3);
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT, DataType.HALF, DataType.BFLOAT16}) {
            TorchWriter.write(path, Map.of("tensor", values.castTo(type).permute(1, 0), "step", -5));
            try (TensorFile file = TensorFiles.open(path)) {
                assertThat(file.metadata()).containsEntry("step", "-5");
                INDArray expected = values.castTo(type).castTo(DataType.FLOAT);
                assertSameBits(type.toString(), file.load("tensor", DataType.FLOAT), expected.permute(1, 0));
            }
        }
        assertThatThrownBy(() -> TorchWriter.write(path, Map.of("step", 1.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Double");
        assertThatThrownBy(() -> TorchWriter.write(path, Map.of("t", Nd4j.ones(DataType.INT64, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LONG");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <a>   | 2,3,4 | 1   | must be [vectors, width] or [width]
            <a>   | 0,4   | 1   | must be [vectors, width] or [width]
            <a>   | 2,4   | NaN | infinite or not a number
            ' '   | 2,4   | 1   | name is blank
            """)
    void whatIsNoLearntWordIsRefused(String name, String shape, float value, String message) throws IOException {
        Path path = folder.resolve("word.safetensors");
        long[] sizes =
                Arrays.stream(shape.split(",")).mapToLong(Long::parseLong).toArray();
        INDArray array = Nd4j.zeros(DataType.FLOAT, sizes);
        if (!array.isEmpty()) {
            array.putScalar(0, value);
        }
        SafetensorsWriter.create().add(name, array, DType.F32).write(path);
        assertThatThrownBy(() -> EmbeddingFile.read(path))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(message);
    }

    @Test
    void aFileOfManyTensorsIsNoLearntWord() {
        Path lora = file("kohya.safetensors");
        assertThatThrownBy(() -> EmbeddingFile.read(lora))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("has 612 tensors");
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file("embedding_a1111_3.pt"));
        for (int length = 0; length < whole.length; length += 97) {
            Path path = Files.write(folder.resolve("cut.pt"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> EmbeddingFile.read(path)).isInstanceOf(ImportException.class);
        }
    }

    @Test
    void aWordNeedsANameAndVectors() {
        assertThatThrownBy(() -> new TextualInversion(" ", Nd4j.zeros(1, 4))).hasMessageContaining("needs a name");
        assertThatThrownBy(() -> new TextualInversion("<a>", Nd4j.zeros(4)))
                .hasMessageContaining("the vectors of <a> are [4], must be [vectors, width]");
    }
}
