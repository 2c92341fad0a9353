package org.sd15.examples.training;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.ContactSheet;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingPictures;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.SceneFolder;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/**
 * Textual inversion: a word that the model never saw is learnt as the name of a colour, from sixteen pictures of cyan
 * shapes whose captions say the new word. Only the vector of the word learns; it starts from that of "red". Then the
 * six shapes are drawn with it on the four backgrounds, stars too, of which there is none among the sixteen, beside what
 * the model draws of the same captions and noise with its own word for the colour: no word learns a colour better than
 * the frozen model can draw it.
 *
 * <p>By most of a shape's pixels, 0 of 24 pictures are cyan before, 24 after 150 steps, and 24 with "cyan". "Purple" is
 * two tokens and harder for the model: two vectors come to 17 of 24, its own word to 18.
 */
public final class LearnAColourWord {

    private static final String WORD = "<tone>";
    private static final int PICTURES = 16;
    private static final ShapeKind HELD_OUT = ShapeKind.STAR;
    private static final int SIDE = 64;
    private static final int BATCH = 8;
    private static final double RATE = 5e-3;

    private final Path out;
    private final ShapeColor colour;
    private final int steps;
    private final Drawing drawing;

    private LearnAColourWord(Path out, ShapeColor colour, int steps, Drawing drawing) {
        this.out = out;
        this.colour = colour;
        this.steps = steps;
        this.drawing = drawing;
    }

    /**
     * Trains, draws and measures.
     *
     * @param arguments a folder (default: out/colour-word), a colour (default: cyan), steps (default: 150), steps of the
     *     sampler (default: 25)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/colour-word"));
        String colour = arguments.length > 1 ? arguments[1] : "cyan";
        int steps = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 150;
        int sampling = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 25;
        new LearnAColourWord(
                        out, ShapeColor.valueOf(colour.toUpperCase(Locale.ROOT)), steps, new Drawing(sampling, 5, 11))
                .run();
    }

    private void run() throws Exception {
        SceneFolder.draw(out.resolve("pictures"), scenes());
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder())) {
            int tokens = files.tokenizer().encode(colour.word()).ids().size() - 2;
            ContactSheet sheet = new ContactSheet();
            training(new Method.Inversion(WORD, tokens, "red"), sheet).run(files);
            PngFile.write(out.resolve("colour-word.png"), sheet.image(), Map.of("word", WORD));
        }
        System.out.println("see " + out);
    }

    /** Single shapes in one colour, called by the new word; no stars. */
    private List<Scene> scenes() {
        SceneGenerator generator = new SceneGenerator(3);
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < PICTURES) {
            Scene any = generator.single();
            ShapeObject object = any.objects().get(0);
            if (object.kind() != HELD_OUT) {
                String caption = any.caption().replace(object.color().word(), WORD);
                scenes.add(new Scene(List.of(object.in(colour)), any.backdrop(), caption));
            }
        }
        return scenes;
    }

    private Training training(Method.Inversion word, ContactSheet sheet) {
        return Training.textualInversion(word)
                .captions(List.of()) // those of the pictures
                .data(TrainingPictures.in(out.resolve("pictures")).batch(BATCH).resolution(SIDE))
                .folder(out)
                .output(out.resolve("tone.safetensors"))
                .settings(usual -> usual.withLearningRate(new LearningRate(Shape.COSINE, RATE, 0, steps))
                        .withOptimizer(AdamWSettings.USUAL.withWeightDecay(0)))
                .weighting(new LossWeighting.HighNoise(20))
                .seed(2)
                .listener(new BeforeAndAfter(session -> show("before", WORD, session.model(), sheet), session -> {
                    show("after", WORD, session.model(), sheet);
                    show("the model's own word", colour.word(), session.model(), sheet);
                }))
                .build();
    }

    /** Draws every shape on every background, says how many have the colour, and puts one of each shape on the sheet. */
    private void show(String when, String word, StableDiffusion model, ContactSheet sheet) {
        List<String> captions = captions(word);
        INDArray pictures = drawing.of(model, captions);
        double[] shares = IntStream.range(0, captions.size())
                .mapToDouble(i -> SeenColour.share(pictures.slice(i), colour))
                .toArray();
        System.out.printf(
                "%s: \"%s\": most of the shape is %s in %d of %d pictures; %.0f %% of all shapes' pixels%n",
                when,
                word,
                colour.word(),
                Arrays.stream(shares).filter(share -> share > 0.5).count(),
                shares.length,
                100 * Arrays.stream(shares).average().orElse(0));
        List<BufferedImage> images = Pictures.toImages(pictures);
        int kinds = ShapeKind.values().length;
        int backdrops = Backdrop.values().length;
        sheet.row(
                when + ": " + word,
                IntStream.range(0, kinds)
                        .mapToObj(i -> images.get(i % backdrops * kinds + i))
                        .toList());
    }

    private static List<String> captions(String word) {
        List<String> captions = new ArrayList<>();
        for (Backdrop backdrop : Backdrop.values()) {
            for (ShapeKind kind : ShapeKind.values()) {
                String size = captions.size() % 2 == 0 ? "large " : "";
                captions.add("a %s%s %s on a %s background".formatted(size, word, kind.word(), backdrop.word()));
            }
        }
        return captions;
    }
}
