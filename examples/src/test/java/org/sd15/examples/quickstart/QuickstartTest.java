package org.sd15.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/** Every example runs as it stands and shows what it promises. */
class QuickstartTest {

    @TempDir
    private Path folder;

    @FunctionalInterface
    private interface Example {
        void main(String[] arguments) throws Exception;
    }

    @Test
    void theJourneyPrintsTheShapesOfOneCrossAttention() throws Exception {
        assertThat(run(DimensionJourney::main))
                .containsSubsequence(
                        "(1, 320, 32, 32)",
                        "(1, 1024, 320)",
                        "(1, 77, 768)",
                        "Q (1, 8, 1024, 40); K, V (1, 8, 77, 40)",
                        "(1, 8, 1024, 77)",
                        "rows sum to 1.0000",
                        "(1, 8, 1024, 40)",
                        "(1, 1024, 320)");
    }

    @Test
    void theLayerLearnsAndItsGradientsAreDifferenceQuotients() throws Exception {
        String output = run(CrossAttentionInAComputationGraph::main);
        List<Double> losses = numbers(output, "step +\\d+: loss ([\\d.]+)");
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.05 * losses.get(0));
        assertThat(output).containsPattern("gradient check of \\d+ parameters .*: all within 1.0E-6");
        assertThat(folder.resolve("loss.png")).exists();
    }

    /** By DL4J's own early stopping, which keeps the network on the disk. */
    @Test
    void theLayersLearnUnderDl4jsOwnTrainerAndGoOnFromAFile() throws Exception {
        String output = run(TrainWithEarlyStopping::main);
        List<Double> losses = numbers(output, "epoch +\\d+: loss on other tasks ([\\d.]+)");
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.05 * losses.get(0));
        assertThat(output).contains("EpochTerminationCondition", "the loaded network takes the same step: true");
        assertThat(folder.resolve("bestGraph.bin")).exists();
    }

    /** A text is asked about: what averages it can't know who is where. */
    @Test
    void attentionAnswersFromAStoryWherePoolingGuesses() throws Exception {
        String output = run(AnswersFromAStory::main);
        assertThat(number(output, "with attention: ([\\d.]+)%")).isGreaterThan(95);
        assertThat(number(output, "with pooling: ([\\d.]+)%")).isLessThan(70);
        assertThat(output).contains("loaded, it answers the same: true");
        double transferred = number(output, "transferred: ([\\d.]+)%");
        assertThat(transferred).isGreaterThan(90);
        assertThat(number(output, "from nothing: ([\\d.]+)%")).isLessThan(transferred - 10);
        Matcher answers =
                Pattern.compile("(\\S+ in .*)\\. where is (\\S+)\\? (\\S+)").matcher(output);
        assertThat(answers.results())
                .hasSize(3)
                .allMatch(answer -> answer.group(1).contains(answer.group(2) + " in " + answer.group(3)));
    }

    /** By SameDiff's own means, and for texts longer than those of the training. */
    @Test
    void attentionLearnsInAGraphOfOnesOwnForTextsOfAnyLength() throws Exception {
        String output = run(AttentionInASameDiffGraph::main);
        List<Double> losses = numbers(output, "step +\\d+: loss ([\\d.]+)");
        assertThat(losses.get(losses.size() - 1)).isLessThan(0.05 * losses.get(0));
        List<Double> unseen = numbers(output, "texts of \\d+ words: loss ([\\d.]+)");
        assertThat(unseen).hasSize(3).allMatch(loss -> loss < 0.05 * losses.get(0));
        assertThat(output).contains("texts of 10 words", "it paints the same: true", "takes the same step: true");
    }

    @Test
    void aStoryIsPaddedAndItsMaskSaysWhichWordsAreThere() {
        MultiDataSet data = Stories.batch(
                List.of(
                        new Stories.Story("ben in attic , gina in street", "where is gina", "street"),
                        new Stories.Story("ben in attic", "where is ben", "attic")),
                Stories.Answers.INSIDE);
        assertThat(data.getFeatures(1).shape()).containsExactly(2, 7);
        assertThat(data.getFeaturesMaskArray(1).sum(1).toDoubleVector()).containsExactly(7, 3);
        assertThat(data.getFeatures(1).slice(1).toDoubleVector()).endsWith(0, 0, 0, 0);
        assertThat(data.getLabels(0).argMax(1).toIntVector()).containsExactly(1, 0);
    }

    private static double number(String output, String pattern) {
        return numbers(output, pattern).get(0);
    }

    @Test
    void aPaintingHasForEachPixelTheColourThatTheTextGivesItsCode() {
        MultiDataSet data = new LookUp(3, DataType.DOUBLE, 1).next(2);
        INDArray codes = data.getFeatures(0); // [batch, codes, 3, 3]
        INDArray text = data.getFeatures(1); // [batch, words, codes and colours]
        INDArray painting = data.getLabels(0); // [batch, colours, 3, 3]
        for (int picture = 0; picture < 2; picture++) {
            for (int pixel = 0; pixel < 9; pixel++) {
                int code = hot(codes, picture, pixel);
                for (int word = 0; word < LookUp.CODES; word++) {
                    for (int c = 0; c < LookUp.COLOURS && text.getDouble(picture, word, code) == 1; c++) {
                        assertThat(painting.getDouble(picture, c, pixel / 3, pixel % 3))
                                .isEqualTo(text.getDouble(picture, word, LookUp.CODES + c));
                    }
                }
            }
        }
    }

    private static int hot(INDArray codes, int picture, int pixel) {
        for (int code = 0; code < LookUp.CODES; code++) {
            if (codes.getDouble(picture, code, pixel / 3, pixel % 3) == 1) {
                return code;
            }
        }
        throw new AssertionError("no code at pixel " + pixel);
    }

    @Test
    void anImportedCheckpointIsWrittenBackByteByByte() throws Exception {
        Pattern whole = Pattern.compile("written back: \\S+, the same bytes");
        String output = runWithoutArguments(ImportCheckpoint::main);
        assertThat(output)
                .contains("326 of 326", "predicted noise [1, 4, 16, 16]")
                .doesNotContain("other bytes");
        assertThat(whole.matcher(output).results()).hasSize(2);
    }

    @Test
    void aSwappedWordChangesTheColourAndKeepsTheBackground() throws Exception {
        run(SwapAWord::main);
        INDArray before = Pictures.fromImage(PngFile.read(folder.resolve("before.png")));
        INDArray after = Pictures.fromImage(PngFile.read(folder.resolve("after.png")));
        assertThat(redness(before)).isLessThan(-0.4);
        assertThat(redness(after)).isGreaterThan(0.4);
        for (int c = 0; c < 3; c++) {
            assertThat(after.getDouble(0, c, 2, 2)).isCloseTo(before.getDouble(0, c, 2, 2), within(0.05));
        }
        assertThat(folder.resolve("red.png")).exists();
    }

    @Test
    void aGivenPictureIsReconstructedAndEdited() throws Exception {
        String output = run(EditAPicture::main);
        assertThat(numbers(output, "PSNR ([\\d.]+) dB").get(0)).isGreaterThan(25);
        INDArray given = Pictures.fromImage(PngFile.read(folder.resolve("given.png")));
        INDArray edited = Pictures.fromImage(PngFile.read(folder.resolve("edited.png")));
        assertThat(redness(given)).isGreaterThan(0.5);
        assertThat(redness(edited)).isLessThan(redness(given) - 0.3);
    }

    /** Red minus blue where a picture [1, 3, 64, 64] has most colour: its object is not always in the middle. */
    private static double redness(INDArray picture) {
        double strongest = 0;
        for (int y = 8; y < 56; y++) {
            for (int x = 8; x < 56; x++) {
                double redness = picture.getDouble(0, 0, y, x) - picture.getDouble(0, 2, y, x);
                strongest = Math.abs(redness) > Math.abs(strongest) ? redness : strongest;
            }
        }
        return strongest;
    }

    private static List<Double> numbers(String output, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(output);
        return matcher.results().map(found -> Double.valueOf(found.group(1))).toList();
    }

    private String run(Example example) throws Exception {
        return captured(example, folder.toString());
    }

    private static String runWithoutArguments(Example example) throws Exception {
        return captured(example);
    }

    private static String captured(Example example, String... arguments) throws Exception {
        PrintStream out = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            example.main(arguments);
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
