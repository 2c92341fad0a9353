package org.sd15.examples.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.examples.EmbeddedModel;
import org.sd15.examples.report.PictureStrip;
import org.sd15.examples.report.TrainingTable;
import org.sd15.examples.shapes.Backdrop;
import org.sd15.examples.shapes.Scene;
import org.sd15.examples.shapes.SceneFolder;
import org.sd15.examples.shapes.SceneGenerator;
import org.sd15.examples.shapes.ShapeColor;
import org.sd15.examples.shapes.ShapeKind;
import org.sd15.pipeline.GenerationRequest;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.LearningRate;
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
 * DreamBooth with prior preservation, and the same training without the pictures of the class, which shows what they
 * are for. In 100 steps the loss on the class, on fixed noise, goes from 0.0623 to 0.0915 without them, and to 0.0309
 * with them.
 *
 * <p>The subject, a "sks star" that is pink, is not learnt in so few steps: the embedded model has seen a colour in
 * every caption and draws no good star without one, before or after.
 */
public final class DreamBoothKeepsItsClass {

    private static final String SUBJECT = "a sks star on a white background";
    private static final String CLASS = "a star on a white background";
    private static final int SUBJECT_PICTURES = 6;
    private static final int CLASS_PICTURES = 16;
    private static final int SIDE = 64;

    private final Path out;
    private final int steps;

    private DreamBoothKeepsItsClass(Path out, int steps) {
        this.out = out;
        this.steps = steps;
    }

    /**
     * Trains twice, draws and measures.
     *
     * @param arguments a folder (default: out/dreambooth), steps (default: 100)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/dreambooth"));
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        new DreamBoothKeepsItsClass(out, steps).run();
    }

    private void run() throws Exception {
        SceneFolder.draw(out.resolve("subject"), subject());
        INDArray before;
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            drawClass(model);
            before = draw(model);
        }
        INDArray without = train("without", false);
        INDArray with = train("with", true);
        strip(before, without, with);
        System.out.println("see " + out);
    }

    /** Pink stars of several sizes at several places. */
    private static List<Scene> subject() {
        SceneGenerator generator = new SceneGenerator(8);
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < SUBJECT_PICTURES; i++) {
            Scene any = generator.single();
            var object = any.objects().get(0).in(ShapeColor.PINK).as(ShapeKind.STAR);
            scenes.add(new Scene(List.of(object), Backdrop.WHITE, SUBJECT));
        }
        return scenes;
    }

    /** What the model takes the class for, before it learns anything. */
    private void drawClass(StableDiffusion model) throws Exception {
        Path folder = Files.createDirectories(out.resolve("class"));
        for (int i = 0; i < CLASS_PICTURES; i++) {
            Path file = folder.resolve("class-%02d.png".formatted(i));
            if (!Files.exists(file)) {
                INDArray picture = model.decode(model.generate(GenerationRequest.of(CLASS)
                                .seed(100 + i)
                                .steps(20)
                                .guidance(5)
                                .build())
                        .finish());
                PngFile.write(file, Pictures.toImages(picture).get(0), Map.of("prompt", CLASS));
            }
        }
    }

    private INDArray train(String name, boolean withClass) throws Exception {
        Method all = new Method.Full(parameter -> true, Method.TextPart.NOTHING);
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder());
                TrainingJob job = new TrainingJob(files, all, 1)) {
            LatentCache latents =
                    new LatentCache(out.resolve("cache"), job.vae(), new PictureTransform(SIDE, SIDE, false, false));
            PreparedPictures subject = prepare(out.resolve("subject"), SUBJECT, latents);
            PreparedPictures prior = prepare(out.resolve("class"), CLASS, latents);
            Objective objective = job.objective(LossWeighting.EVEN);
            var batches = new PictureBatches(
                    subject,
                    withClass ? new PictureBatches.Prior(prior, 1) : null,
                    latents,
                    job.vae(),
                    job.captions(out.resolve("cache")),
                    new PictureBatches.Settings(
                            4, 0, NoiseSettings.plain(objective.schedule().timesteps())),
                    2);
            StableDiffusion model = job.preview();
            INDArray classLatents = classLatents(model);
            report(name + ", before", model, classLatents);
            Trainer trainer = new Trainer(
                    job.model(), batches, objective, TrainingSettings.of(LearningRate.constant(1e-4, steps)));
            TrainingTable table = new TrainingTable(out.resolve(name), 0, steps);
            while (trainer.hasNext()) {
                table.add(trainer.next());
            }
            table.draw();
            report(name + ", after", model, classLatents);
            return draw(model);
        }
    }

    private static PreparedPictures prepare(Path folder, String caption, LatentCache latents) throws Exception {
        return PreparedPictures.of(PictureFolder.read(folder, List.of(caption)), latents, BadData.FAIL, done -> {});
    }

    private INDArray classLatents(StableDiffusion model) throws Exception {
        List<INDArray> rows = new ArrayList<>();
        for (var picture :
                PictureFolder.read(out.resolve("class"), List.of(CLASS)).pictures()) {
            INDArray pixels = Pictures.fromImage(ImageIO.read(picture.file().toFile()));
            rows.add(model.vae().scale(model.vae().encode(pixels.mul(2).subi(1)).mode()));
        }
        return Nd4j.concat(0, rows.toArray(INDArray[]::new));
    }

    private static void report(String when, StableDiffusion model, INDArray classLatents) {
        List<String> captions = Collections.nCopies(Math.toIntExact(classLatents.size(0)), CLASS);
        INDArray pictures = draw(model);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < pictures.size(0); i++) {
            seen.add(SeenColour.of(pictures.slice(i)).word());
        }
        int half = seen.size() / 2;
        System.out.printf(
                "%s: prior loss on fixed noise %.4f; sks stars are %s, stars %s%n",
                when,
                FixedLoss.of(model, classLatents, captions),
                seen.subList(0, half),
                seen.subList(half, seen.size()));
    }

    /** Six of the subject, then six of the class. */
    private static INDArray draw(StableDiffusion model) {
        List<String> prompts = new ArrayList<>(Collections.nCopies(6, SUBJECT));
        prompts.addAll(Collections.nCopies(6, CLASS));
        return model.decode(model.generate(GenerationRequest.of(prompts.toArray(String[]::new))
                        .seed(21)
                        .steps(20)
                        .guidance(5)
                        .build())
                .finish());
    }

    private void strip(INDArray before, INDArray without, INDArray with) throws Exception {
        var strip = new PictureStrip();
        add(strip, "before", before);
        add(strip, "without the class", without);
        add(strip, "with the class", with);
        PngFile.write(out.resolve("dreambooth.png"), strip.image(), Map.of("subject", SUBJECT, "class", CLASS));
    }

    private static void add(PictureStrip strip, String when, INDArray pictures) {
        strip.add(when + ": sks star", Pictures.toImages(pictures).get(0));
        strip.add(when + ": star", Pictures.toImages(pictures).get(6));
    }
}
