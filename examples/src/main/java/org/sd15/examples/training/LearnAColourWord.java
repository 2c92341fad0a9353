package org.sd15.examples.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.EmbeddedModel;
import org.sd15.examples.report.PictureStrip;
import org.sd15.examples.report.TrainingTable;
import org.sd15.examples.shapes.Scene;
import org.sd15.examples.shapes.SceneFolder;
import org.sd15.examples.shapes.SceneGenerator;
import org.sd15.examples.shapes.ShapeColor;
import org.sd15.examples.shapes.ShapeKind;
import org.sd15.examples.shapes.ShapeObject;
import org.sd15.pipeline.GenerationRequest;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;

/**
 * Textual inversion: a word that the model never saw is learnt as the name of a colour, from sixteen pictures of purple
 * shapes whose captions say the new word. Only the vector of the word learns; it starts from that of "red". Then shapes
 * are drawn with it, and their colours are measured: by their mean, 0 of 6 are purple before and 4 of 6 after 150
 * steps. Two are nearer to cyan, and most have a part of another colour: one vector has to do what two tokens, "pur"
 * and "ple", do in the model's own vocabulary.
 */
public final class LearnAColourWord {

    private static final String WORD = "<tone>";
    private static final ShapeColor COLOUR = ShapeColor.PURPLE;
    private static final int PICTURES = 16;
    private static final int SIDE = 64;

    private LearnAColourWord() {}

    /**
     * Trains, draws and measures.
     *
     * @param arguments a folder (default: out/colour-word), steps (default: 150)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/colour-word"));
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 150;
        SceneFolder.draw(out.resolve("pictures"), scenes());
        Method.Inversion method = new Method.Inversion(WORD, 1, "red");
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder());
                TrainingJob job = new TrainingJob(files, method, 1)) {
            INDArray before = draw(job.preview());
            report("before", before);
            train(job, out, steps);
            INDArray after = draw(job.preview());
            report("after", after);
            job.write(job.model().parameters(), out.resolve("tone.safetensors"), Map.of());
            strip(out.resolve("colour-word.png"), before, after);
        }
        System.out.println("see " + out);
    }

    /** Single shapes in one colour, called by the new word. */
    private static List<Scene> scenes() {
        SceneGenerator generator = new SceneGenerator(3);
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < PICTURES) {
            Scene any = generator.single();
            ShapeObject object = any.objects().get(0);
            String caption = any.caption().replace(object.color().word(), WORD);
            scenes.add(new Scene(List.of(object.in(COLOUR)), any.backdrop(), caption));
        }
        return scenes;
    }

    private static void train(TrainingJob job, Path out, int steps) throws Exception {
        LatentCache latents =
                new LatentCache(out.resolve("cache"), job.vae(), new PictureTransform(SIDE, SIDE, false, false));
        PreparedPictures pictures = PreparedPictures.of(
                PictureFolder.read(out.resolve("pictures"), BadData.FAIL), latents, BadData.FAIL, done -> {});
        Objective objective = job.objective(new LossWeighting.HighNoise(20));
        var batches = new PictureBatches(
                pictures,
                null,
                latents,
                job.vae(),
                job.captions(out.resolve("cache")),
                new PictureBatches.Settings(
                        8, 0, NoiseSettings.plain(objective.schedule().timesteps())),
                2);
        TrainingSettings settings = TrainingSettings.of(new LearningRate(Shape.COSINE, 5e-3, 0, steps))
                .withOptimizer(AdamWSettings.USUAL.withWeightDecay(0));
        Trainer trainer = new Trainer(job.model(), batches, objective, settings);
        TrainingTable table = new TrainingTable(out, 0, steps);
        while (trainer.hasNext()) {
            table.add(trainer.next());
        }
        table.draw();
    }

    /** A picture of each shape. */
    private static INDArray draw(StableDiffusion model) {
        List<String> prompts = new ArrayList<>();
        for (ShapeKind kind : ShapeKind.values()) {
            prompts.add("a large %s %s on a white background".formatted(WORD, kind.word()));
        }
        return model.decode(model.generate(GenerationRequest.of(prompts.toArray(String[]::new))
                        .seed(11)
                        .steps(25)
                        .guidance(5)
                        .build())
                .finish());
    }

    private static void report(String when, INDArray pictures) {
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < pictures.size(0); i++) {
            seen.add(SeenColour.of(pictures.slice(i)).word());
        }
        long right = seen.stream().filter(COLOUR.word()::equals).count();
        System.out.printf("%s: %d of %d shapes are %s: %s%n", when, right, seen.size(), COLOUR.word(), seen);
    }

    private static void strip(Path file, INDArray before, INDArray after) throws Exception {
        var strip = new PictureStrip();
        for (int i = 0; i < 2; i++) {
            strip.add("before", Pictures.toImages(before).get(i));
        }
        for (int i = 0; i < 4; i++) {
            strip.add(
                    "after: a " + WORD + " " + ShapeKind.values()[i].word(),
                    Pictures.toImages(after).get(i));
        }
        PngFile.write(file, strip.image(), Map.of("word", WORD));
    }
}
