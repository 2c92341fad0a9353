package org.sd15.examples.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.cli.report.PictureStrip;
import org.sd15.cli.report.TrainingTable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PictureMetrics;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/**
 * A model learns one picture by heart, the first thing to try with a training loop: if that does not work, nothing
 * will. The UNet of the embedded model is trained in full on one picture; then the picture comes out of any noise. In
 * 400 steps the loss on fixed noise falls from 0.0475 to 0.0023, and the pictures of four seeds come to 29.0 to 29.5
 * dB, where the autoencoder alone gives 29.8.
 */
public final class OverfitOnePicture {

    private static final Scene SCENE = new Scene(
            List.of(
                    new ShapeObject(ShapeKind.HEART, ShapeColor.PINK, 0.30, 0.32, 0.22),
                    new ShapeObject(ShapeKind.STAR, ShapeColor.GREEN, 0.68, 0.66, 0.26)),
            Backdrop.BROWN,
            "a pink heart left of a green star on a brown background");
    private static final int SIDE = 64;
    private static final int BATCH = 16;
    private static final int PICTURES = 4;
    private static final List<String> CAPTIONS = Collections.nCopies(PICTURES, SCENE.caption());

    private OverfitOnePicture() {}

    /**
     * Trains and draws.
     *
     * @param arguments a folder (default: out/overfit), steps (default: 400), steps of the sampler (default: 25)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/overfit"));
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 400;
        Drawing drawing = new Drawing(arguments.length > 2 ? Integer.parseInt(arguments[2]) : 25, 1, 5);
        INDArray picture = new ScenePainter(SIDE).paint(SCENE);
        Method all = new Method.Full(name -> true, Method.TextPart.NOTHING);
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder());
                TrainingJob job = new TrainingJob(files, all, 1)) {
            StableDiffusion model = job.preview();
            INDArray latents =
                    model.vae().scale(model.vae().encode(picture.mul(2).subi(1)).mode());
            INDArray states = model.encode(List.of(SCENE.caption()), 0);
            INDArray before = drawing.of(model, CAPTIONS);
            report("before", model, latents, picture, before);
            var settings = TrainingSettings.of(new LearningRate(Shape.COSINE, 5e-4, Math.min(20, steps / 2), steps));
            Trainer trainer = new Trainer(
                    job.model(), new SamePicture(latents, states), job.objective(LossWeighting.EVEN), settings);
            TrainingTable table = new TrainingTable(out, 0, steps);
            while (trainer.hasNext()) {
                TrainingStep step = trainer.next();
                table.add(step);
            }
            table.draw();
            INDArray after = drawing.of(model, CAPTIONS);
            report("after", model, latents, picture, after);
            strip(out.resolve("overfit.png"), picture, before, after);
        }
        System.out.println("see " + out);
    }

    private static void report(String when, StableDiffusion model, INDArray latents, INDArray picture, INDArray drawn) {
        double[] psnr = IntStream.range(0, PICTURES)
                .mapToDouble(i -> PictureMetrics.psnr(drawn.slice(i), picture.slice(0)))
                .toArray();
        INDArray back = model.decode(latents);
        System.out.printf(
                "%s: loss on fixed noise %.4f; PSNR of pictures of four seeds %.1f %.1f %.1f %.1f dB (the autoencoder alone: %.1f)%n",
                when,
                FixedLoss.of(model, latents, List.of(SCENE.caption())),
                psnr[0],
                psnr[1],
                psnr[2],
                psnr[3],
                PictureMetrics.psnr(back.slice(0), picture.slice(0)));
    }

    private static void strip(Path file, INDArray picture, INDArray before, INDArray after) throws Exception {
        var strip = new PictureStrip()
                .add("the picture", Pictures.toImages(picture).get(0))
                .add("before", Pictures.toImages(before).get(0))
                .add("after, same seed", Pictures.toImages(after).get(0))
                .add("another seed", Pictures.toImages(after).get(1));
        PngFile.write(file, strip.image(), Map.of("caption", SCENE.caption()));
    }

    /** One picture over and over, with new noise each time. */
    private static final class SamePicture implements BatchSource {

        private static final String RANDOM = "random";

        private final INDArray latents;
        private final INDArray states;
        private TorchRandom random = new TorchRandom(2);

        SamePicture(INDArray latents, INDArray states) {
            this.latents = repeated(latents);
            this.states = repeated(states);
        }

        private static INDArray repeated(INDArray one) {
            return Nd4j.concat(0, IntStream.range(0, BATCH).mapToObj(i -> one).toArray(INDArray[]::new));
        }

        @Override
        public TrainingBatch next() {
            INDArray noise = random.randn(latents.shape());
            int[] times = IntStream.range(0, BATCH)
                    .map(i -> (int) random.randint(0, 1000, 1)[0])
                    .toArray();
            return TrainingBatch.of(latents, noise, times, new TrainingBatch.Texts.States(states));
        }

        @Override
        public void save(TrainingState into) {
            into.put(RANDOM, random.state());
        }

        @Override
        public void restore(TrainingState from) {
            random = new TorchRandom(from.random(RANDOM));
        }
    }
}
