package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.pipeline.training.job.VaeJob;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.SceneFolder;

/**
 * A small Stable Diffusion of coloured shapes from nothing but configurations and pictures that this program draws:
 * first the autoencoder, then UNet and text encoder together. Everything random comes from one seed. The program may be
 * stopped at any time; called again, it goes on from its last checkpoint with the same bits, so a long training is many
 * short ones.
 *
 * <p>The plain error of the noise hardly sees what is decided where there is almost nothing but noise: colours and
 * places. So high noise counts up to twenty times as much, and the noise has an offset that whole channels share.
 *
 * <p>The autoencoder decides what colours there can be. After 240 steps it gives yellow, red and pink back as orange,
 * and purple as blue: on that one, 5000 steps of the rest draw the right colour in 5 of 24 pictures. So the usual plan
 * gives it ten times as many, in 31 minutes on two cores that others used too; on that, 3900 steps of the rest, in 60
 * minutes, draw the right background in 23 of 24 pictures and the right colour in 17 ({@code
 * examples/pictures/from-nothing.png}; the embedded model: 24 and 20).
 */
public final class ShapesFromNothing {

    private static final long SEED = 7;
    private static final int SIDE = 64;
    private static final int VAE_BATCH = 8;
    private static final int BATCH = 16;
    private static final double RATE_OF_VAE = 1e-3;
    private static final double RATE = 8e-4;
    private static final int VAE_WARMUP = 50;
    private static final int WARMUP = 30;
    private static final AdamWSettings ADAM = AdamWSettings.USUAL.withWeightDecay(1e-4);

    private final Plan plan;
    private final Path out;
    private final LongRun vaeRun;
    private final LongRun run;

    /**
     * How much is done.
     *
     * @param pictures that are drawn to train on
     * @param vaeSteps steps of the autoencoder, of 8 pictures
     * @param steps of UNet and text encoder, of 16 pictures
     */
    record Plan(int pictures, int vaeSteps, int steps) {

        private Map<String, String> record() {
            return Map.of("plan", toString());
        }
    }

    private ShapesFromNothing(Path out, Plan plan, Duration time) {
        this.out = out;
        this.plan = plan;
        this.vaeRun = LongRun.lasting(out.resolve("vae-training"), plan.record(), time);
        this.run = new LongRun(out.resolve("training"), plan.record(), vaeRun.end());
    }

    /**
     * Trains for some time.
     *
     * @param arguments a folder (default: out/shapes); minutes (default: 60); then, to be the same in every call,
     *     pictures, steps of the autoencoder and steps of the rest (default: 4096 2400 3900)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Path.of(arguments.length > 0 ? arguments[0] : "out/shapes");
        Duration time = Duration.ofSeconds(Math.round(60 * number(arguments, 1, 60)));
        Plan plan = new Plan(
                (int) number(arguments, 2, 4096), (int) number(arguments, 3, 2400), (int) number(arguments, 4, 3900));
        new ShapesFromNothing(out, plan, time).train();
    }

    private static double number(String[] arguments, int at, double usual) {
        return arguments.length > at ? Double.parseDouble(arguments[at]) : usual;
    }

    private void train() throws Exception {
        SceneFolder.draw(pictures(), plan.pictures, SEED);
        Path configuration = out.resolve("configuration");
        copyConfiguration(EmbeddedModel.folder(), configuration);
        Path withVae = out.resolve("with-vae");
        if (!Files.exists(withVae.resolve("model_index.json"))) {
            trainVae(configuration, withVae);
        }
        if (!run.isOver()) {
            trainTheRest(withVae);
        }
    }

    private Path pictures() {
        return out.resolve("pictures");
    }

    /** A model's folder without weights and without what is said about them. */
    private static void copyConfiguration(Path model, Path target) throws IOException {
        try (Stream<Path> all = Files.walk(model)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(model.relativize(file).toString());
                boolean describes = file.toString().matches(".*\\.(json|txt)");
                if (describes && !Files.exists(copy)) {
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
    }

    private void trainVae(Path model, Path target) throws Exception {
        List<Path> files = PictureFolder.read(pictures(), BadData.FAIL).pictures().stream()
                .map(CaptionedPicture::file)
                .toList();
        var source = new FolderPictures(files, new PictureTransform(SIDE, SIDE, false, false), VAE_BATCH, SEED);
        try (ModelFiles parts = ModelFiles.open(model).drawingMissingParts(SEED);
                VaeJob job = new VaeJob(parts, VaeLoss.USUAL, source, SEED)) {
            TrainingSettings settings =
                    settings(RATE_OF_VAE, VAE_WARMUP, plan.vaeSteps).averaging(new EmaDecay(0.99, true));
            Trainer trainer = new Trainer(job.passes(), settings);
            vaeRun.go(trainer, plan.vaeSteps);
            if (!trainer.hasNext()) {
                job.write(trainer.result(), target, Map.of("sd15.training.seed", String.valueOf(SEED)));
            }
        }
    }

    private static TrainingSettings settings(double rate, int warmup, int steps) {
        return TrainingSettings.of(new LearningRate(Shape.COSINE, rate, warmup, steps))
                .withOptimizer(ADAM);
    }

    private void trainTheRest(Path model) throws Exception {
        Method everything = new Method.Full(name -> true, Method.TextPart.EVERYTHING);
        try (ModelFiles parts = ModelFiles.open(model).drawingMissingParts(SEED);
                TrainingJob job = new TrainingJob(parts, everything, SEED)) {
            Objective objective = job.objective(new LossWeighting.HighNoise(20));
            TrainingSettings settings = settings(RATE, WARMUP, plan.steps).averaging(new EmaDecay(0.999, true));
            Trainer trainer = new Trainer(job.model(), batches(job, objective), objective, settings);
            run.go(trainer, plan.steps);
            job.write(
                    trainer.result(),
                    out.resolve("model"),
                    Map.of("sd15.training.seed", String.valueOf(SEED), "sd15.training.steps", "" + trainer.done()));
        }
    }

    private PictureBatches batches(TrainingJob job, Objective objective) throws IOException {
        Path cache = out.resolve("cache");
        LatentCache latents = new LatentCache(cache, job.vae(), new PictureTransform(SIDE, SIDE, false, false));
        PreparedPictures prepared =
                PreparedPictures.of(PictureFolder.read(pictures(), BadData.FAIL), latents, BadData.FAIL, done -> {});
        NoiseSettings noise = new NoiseSettings(0.1, 0, objective.schedule().timesteps());
        return new PictureBatches(
                prepared,
                null,
                latents,
                job.vae(),
                job.captions(cache),
                new PictureBatches.Settings(BATCH, 0.1, noise),
                SEED);
    }
}
