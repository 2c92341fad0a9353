package org.sd15.examples.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.image.PictureMetrics;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.run.BatchStream;
import org.sd15.pipeline.training.run.Training;
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
        List<INDArray> drawn = new ArrayList<>();
        Training training = Training.full()
                .data(new BatchStream(SIDE, BATCH, (job, objective) -> batches(job.preview(), picture)))
                .folder(out)
                .settings(usual ->
                        usual.withLearningRate(new LearningRate(Shape.COSINE, 5e-4, Math.min(20, steps / 2), steps)))
                .listener(new BeforeAndAfter(
                        session -> drawn.add(report("before", session.model(), picture, drawing)),
                        session -> drawn.add(report("after", session.model(), picture, drawing))))
                .build();
        try (ModelFiles files = ModelFiles.open(EmbeddedModel.folder())) {
            training.run(files);
        }
        strip(out.resolve("overfit.png"), picture, drawn.get(0), drawn.get(1));
        System.out.println("see " + out);
    }

    private static INDArray latents(StableDiffusion model, INDArray picture) {
        return model.vae().scale(model.vae().encodePictures(picture).mode());
    }

    private static BatchSource batches(StableDiffusion model, INDArray picture) {
        return new SamePicture(latents(model, picture), model.encode(List.of(SCENE.caption()), 0));
    }

    private static INDArray report(String when, StableDiffusion model, INDArray picture, Drawing drawing) {
        INDArray latents = latents(model, picture);
        INDArray drawn = drawing.of(model, CAPTIONS);
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
        return drawn;
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
            this.latents = BatchAxis.repeat(latents, BATCH);
            this.states = BatchAxis.repeat(states, BATCH);
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
