package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.TrainingPictures;
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
    private static final int BETWEEN_CHECKPOINTS = 100;
    private static final AdamWSettings ADAM = AdamWSettings.USUAL.withWeightDecay(1e-4);

    private final Plan plan;
    private final Path out;
    private final StopSignal stop;

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

    private ShapesFromNothing(Path out, Plan plan, StopSignal stop) {
        this.out = out;
        this.plan = plan;
        this.stop = stop;
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
        try (StopSignal stop = new StopSignal(time)) {
            new ShapesFromNothing(out, plan, stop).train();
        }
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
        if (!stop.isGiven()) {
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
        TrainingBuilder training = Training.vae(VaeLoss.USUAL)
                .data(TrainingPictures.in(pictures()).batch(VAE_BATCH).resolution(SIDE))
                .folder(out.resolve("vae-training"))
                .settings(usual -> settings(usual, RATE_OF_VAE, VAE_WARMUP, plan.vaeSteps, 0.99))
                .listener(Milestones.none());
        run(training.output(target), model);
    }

    private void trainTheRest(Path model) throws Exception {
        Path target = out.resolve("model");
        TrainingBuilder training = Training.full(new Method.Full(name -> true, Method.TextPart.EVERYTHING))
                .data(TrainingPictures.in(pictures()).batch(BATCH).resolution(SIDE))
                .folder(out.resolve("training"))
                .cache(out.resolve("cache"))
                .captionDropout(0.1)
                .noise(0.1, 0)
                .weighting(new LossWeighting.HighNoise(20))
                .settings(usual -> settings(usual, RATE, WARMUP, plan.steps, 0.999))
                .listener(Milestones.writing(target));
        run(training.output(target), model);
    }

    private static TrainingSettings settings(
            TrainingSettings usual, double rate, int warmup, int steps, double emaDecay) {
        return usual.withLearningRate(new LearningRate(Shape.COSINE, rate, warmup, steps))
                .withOptimizer(ADAM)
                .averaging(new EmaDecay(emaDecay, true));
    }

    private void run(TrainingBuilder training, Path model) throws IOException {
        training.seed(SEED)
                .checkpoints(CheckpointSchedule.every(BETWEEN_CHECKPOINTS).andAtEnd())
                .resume()
                .sameOnResume(plan.record())
                .stopWhen(stop::isGiven);
        try (ModelFiles parts = ModelFiles.open(model).drawingMissingParts(SEED)) {
            training.build().run(parts);
        }
    }
}
