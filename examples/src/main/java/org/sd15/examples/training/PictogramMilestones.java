package org.sd15.examples.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.ContactSheet;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * What the model of pictograms has come to: its loss on scenes that it has not seen in {@code held-out.csv}, by its
 * weights and by their average, and what the average draws of the same captions and seeds each time.
 *
 * @param folder for both
 */
record PictogramMilestones(Path folder) {

    static final int UNSEEN = 32;
    private static final int PICTURES_A_ROW = 8;
    private static final Drawing DRAWING = new Drawing(25, 5, 42);
    private static final List<String> CAPTIONS = List.of(
            "a red heart on a white background",
            "a small blue heart on a white background",
            "a yellow heart on a pink background",
            "a red book on a green background",
            "a green book on a gray background",
            "a strawberry on a blue background",
            "a banana on a black background",
            "a watermelon on a yellow background",
            "a tree on a blue background",
            "a large lion on a pink background",
            "a fox on a white background",
            "a cat on a green background",
            "a large panda on a blue background",
            "a frog on a pink background",
            "a fox left of a strawberry on a white background",
            "a red heart above a blue heart on a yellow background");

    /** The mean squared error of the noise on scenes of a pool. */
    static double loss(StableDiffusion model, ScenePool unseen) {
        int[] numbers = IntStream.range(0, UNSEEN).toArray();
        List<String> captions = IntStream.of(numbers).mapToObj(unseen::caption).toList();
        return FixedLoss.of(model, unseen.latents(numbers), captions);
    }

    /** Adds a line to the table. */
    void note(int done, int pictograms, double loss, double lossOfAverage) throws IOException {
        Path table = folder.resolve("held-out.csv");
        if (!Files.exists(table)) {
            Files.writeString(table, "step,pictograms,loss,loss_of_average\n");
        }
        String line = String.format(Locale.ROOT, "%d,%d,%.5f,%.5f%n", done, pictograms, loss, lossOfAverage);
        Files.writeString(table, line, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    }

    /** Draws what a model makes of the captions. */
    void draw(StableDiffusion model, int done) throws IOException {
        INDArray drawn = DRAWING.of(model, CAPTIONS);
        ContactSheet sheet = new ContactSheet();
        for (int start = 0; start < CAPTIONS.size(); start += PICTURES_A_ROW) {
            sheet.row(
                    start == 0 ? "after %d steps".formatted(done) : "",
                    Pictures.toImages(drawn).subList(start, start + PICTURES_A_ROW));
        }
        PngFile.write(folder.resolve("drawn-%06d.png".formatted(done)), sheet.image(), Map.of());
    }
}
