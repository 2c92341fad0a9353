package org.sd15.examples.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.sd15.examples.training.PictogramRecipe.Stage;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.pipeline.training.run.BatchStream;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.PictureStream;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.TrainingSession;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.shapes.pictograms.Pictogram;
import org.sd15.shapes.pictograms.PictogramScene;
import org.sd15.shapes.pictograms.PictogramScenes;
import org.sd15.shapes.pictograms.PictogramVocabulary;
import org.sd15.shapes.pictograms.Pictograms;

/**
 * A Stable Diffusion of pictograms from nothing but configurations, a recipe and the pictures that
 * {@code tools/pictograms/fetch.sh} fetches: first the autoencoder, then UNet and text encoder together. The program may be
 * stopped at any time, by SIGTERM too; called again, it goes on from its last checkpoint with the same bits.
 *
 * <p>Both rates stay at their peak for four fifths of the steps and fall to nothing in the last fifth. Until then the
 * steps of the recipe may be changed, so a training that still gets better goes on, and one that is out of time ends
 * well.
 */
public final class PictogramsFromNothing {

    private static final AdamWSettings ADAM = AdamWSettings.USUAL.withWeightDecay(1e-4);
    private static final int BETWEEN_MILESTONES = 1000;
    private static final int BETWEEN_CHECKPOINTS = 100;
    private static final String PLAN = "plan";
    private static final String RESOURCES = "/pictograms/";
    private static final List<String> CONFIGURATION = List.of(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "tokenizer/special_tokens_map.json",
            "tokenizer/tokenizer_config.json",
            "unet/config.json",
            "vae/config.json");

    private final Path out;
    private final PictogramRecipe recipe;
    private final List<Pictogram> pictograms;
    private final StopSignal stop;

    private PictogramsFromNothing(Path out, PictogramRecipe recipe, StopSignal stop) throws IOException {
        this.out = out;
        this.recipe = recipe;
        this.stop = stop;
        this.pictograms = Pictograms.read(out.resolve("package"), Pictograms.names());
    }

    /**
     * Trains for some time.
     *
     * @param arguments a folder, in which {@code package} is (default: out/pictograms); minutes (default: as many as it
     *     takes); a recipe (default: the project's)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Path.of(arguments.length > 0 ? arguments[0] : "out/pictograms");
        double minutes = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1e6;
        PictogramRecipe recipe = PictogramRecipe.read(arguments.length > 2 ? Path.of(arguments[2]) : null);
        try (StopSignal stop = new StopSignal(Duration.ofSeconds(Math.round(60 * minutes)))) {
            new PictogramsFromNothing(out, recipe, stop).train();
        }
    }

    private void train() throws Exception {
        Path configuration = out.resolve("configuration");
        copyConfiguration(configuration);
        Path withVae = out.resolve("with-vae");
        if (!Files.exists(withVae.resolve("vae/diffusion_pytorch_model.safetensors"))) {
            trainVae(configuration, withVae);
        }
        if (Files.exists(withVae) && !stop.isGiven()) {
            trainTheRest(withVae);
        }
    }

    private static void copyConfiguration(Path target) throws IOException {
        for (String name : CONFIGURATION) {
            Path copy = target.resolve(name);
            Files.createDirectories(Objects.requireNonNull(copy.getParent()));
            try (InputStream stream =
                    Objects.requireNonNull(PictogramsFromNothing.class.getResourceAsStream(RESOURCES + name), name)) {
                Files.write(copy, stream.readAllBytes());
            }
        }
        PictogramVocabulary.write(target.resolve("tokenizer"));
    }

    private void trainVae(Path model, Path target) throws Exception {
        PictogramRecipe.Autoencoder plan = recipe.autoencoder();
        var source = new DrawnPictures(pictograms, plan.batch(), recipe.seed());
        var unseen = new Reconstructions(pictograms, recipe.seed() + 1);
        TrainingBuilder training = Training.vae(VaeLoss.USUAL)
                .data(new PictureStream(PictogramScene.SIDE, plan.batch(), source))
                .folder(out.resolve("vae-training"))
                .settings(usual -> settings(usual, plan.learningRate(), plan.warmup(), plan.steps(), plan.emaDecay()))
                .sameOnResume(Map.of(PLAN, seed()))
                .listener(new Milestones(BETWEEN_MILESTONES, session -> lookAt(session, unseen), session -> {}));
        run(training.output(target), model);
    }

    private void lookAt(TrainingSession session, Reconstructions unseen) throws IOException {
        double own = unseen.psnr(session.vae());
        try (var average = new BorrowedWeights(session.parameters(), session.result())) {
            note("vae-training/psnr.csv", "%d,%.3f,%.3f%n", session.done(), own, unseen.psnr(session.vae()));
            unseen.draw(session.vae(), out.resolve("vae-training/back-%06d.png".formatted(session.done())));
        }
    }

    private void note(String table, String format, Object... values) throws IOException {
        String line = String.format(Locale.ROOT, format, values);
        Files.writeString(
                out.resolve(table), line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static TrainingSettings settings(
            TrainingSettings usual, double rate, int warmup, int steps, double emaDecay) {
        return usual.withLearningRate(new LearningRate(Shape.LATE_DECAY, rate, warmup, steps))
                .withOptimizer(ADAM)
                .averaging(new EmaDecay(emaDecay, true));
    }

    private String seed() {
        return "seed " + recipe.seed();
    }

    private void run(TrainingBuilder training, Path model) throws IOException {
        training.seed(recipe.seed())
                .checkpoints(CheckpointSchedule.every(BETWEEN_CHECKPOINTS).andAtEnd())
                .resume()
                .stopWhen(stop::isGiven);
        try (ModelFiles parts = ModelFiles.open(model).drawingMissingParts(recipe.seed())) {
            training.build().run(parts);
        }
    }

    private void trainTheRest(Path model) throws Exception {
        PictogramRecipe.Model plan = recipe.model();
        String data = "%s, pool of %d, captions dropped %s, offset %s, high noise %s"
                .formatted(seed(), plan.pool(), plan.captionDropout(), plan.offsetNoise(), plan.highNoise());
        int largest = plan.stages().stream().mapToInt(Stage::batch).max().orElseThrow();
        Path target = out.resolve("model");
        TrainingBuilder training = Training.full(new Method.Full(name -> true, Method.TextPart.EVERYTHING))
                .data(new BatchStream(PictogramScene.SIDE, largest, this::batches))
                .folder(out.resolve("training"))
                .weighting(new LossWeighting.HighNoise(plan.highNoise()))
                .settings(usual -> settings(usual, plan.learningRate(), plan.warmup(), plan.steps(), plan.emaDecay()))
                .sameOnResume(Map.of(PLAN, data))
                .listener(new Milestones(BETWEEN_MILESTONES, this::lookAt, session -> session.write(target)));
        run(training.output(target), model);
    }

    private BatchSource batches(TrainingJob job, Objective objective) {
        PictogramRecipe.Model plan = recipe.model();
        return new PoolBatches(
                plan,
                pools("pool", recipe.seed(), plan.pool(), job.vae()),
                job.captions(out.resolve("cache")),
                objective.schedule().timesteps(),
                recipe.seed());
    }

    private void lookAt(TrainingSession session) throws IOException {
        var milestones = new PictogramMilestones(session.folder());
        int shown = recipe.model().stage(session.done() - 1).pictograms();
        ScenePool unseen = pools("unseen", recipe.seed() + 1, PictogramMilestones.UNSEEN, session.vae())
                .apply(shown);
        double own = PictogramMilestones.loss(session.model(), unseen);
        try (var average = new BorrowedWeights(session.parameters(), session.result())) {
            milestones.note(session.done(), shown, own, PictogramMilestones.loss(session.model(), unseen));
            milestones.draw(session.model(), session.done());
        }
        session.write(out.resolve("model"));
    }

    /** A pool for each number of pictograms, opened when it is first asked for. */
    private IntFunction<ScenePool> pools(String name, long seed, int size, Vae vae) {
        Map<Integer, ScenePool> open = new HashMap<>();
        return shown -> open.computeIfAbsent(shown, number -> {
            Path file = out.resolve("cache/%s-%d.f32".formatted(name, number));
            try {
                return new ScenePool(new PictogramScenes(pictograms.subList(0, number), seed), size, vae, file);
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        });
    }
}
