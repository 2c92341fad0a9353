package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.examples.training.PictogramRecipe.Model;
import org.sd15.examples.training.PictogramRecipe.Stage;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.Captions;
import org.sd15.pipeline.vae.Vae;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.pictograms.PictogramScenes;
import org.sd15.testing.shapes.DrawnSprites;

/** Batches of drawn scenes, encoded by the embedded model's autoencoder. */
class PoolBatchesTest {

    private static final int SIZE = 8;
    private static final int TIMES = 1000;
    private static final PictogramScenes SCENES = new PictogramScenes(DrawnSprites.six(), 3);
    private static final Captions NO_TEXT = captions -> new Texts.Ids(new int[captions.size()][1]);

    private static ModelFiles files;
    private static Vae vae;
    private static NoiseSchedule schedule;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() throws Exception {
        files = ModelFiles.open(EmbeddedModel.folder());
        vae = files.vae();
        schedule = files.scheduler().noiseSchedule();
    }

    @AfterAll
    static void close() throws Exception {
        vae.close();
        files.close();
    }

    private ScenePool pool(int pictograms) {
        PictogramScenes scenes = new PictogramScenes(DrawnSprites.six().subList(0, pictograms), 3);
        try {
            return new ScenePool(scenes, SIZE, vae, folder.resolve("pool-" + pictograms));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private PoolBatches batches(Captions captions, double dropout, Stage... stages) {
        Model model = new Model(100, 1e-3, 0, 0.9, dropout, 0.1, 20, SIZE, List.of(stages));
        return new PoolBatches(model, this::pool, captions, TIMES, 7);
    }

    @Test
    void latentsAreTheScaledMeansOfTheScenes() {
        INDArray latents = pool(6).latents(new int[] {4, 0, 4});
        INDArray pixels = SCENES.any(4).picture().mul(2).subi(1);
        INDArray expected = vae.scale(vae.encode(pixels).mean());
        assertThat(latents.shape()).containsExactly(3, 4, 16, 16);
        assertThat(latents.slice(0).equalsWithEps(expected.slice(0), 1e-4)).isTrue();
        assertThat(latents.slice(2)).isEqualTo(latents.slice(0));
        assertThat(latents.slice(1)).isNotEqualTo(latents.slice(0));
    }

    /** What another pool has computed is taken from the file: a mark in it comes back. */
    @Test
    void latentsAreComputedOnce() throws Exception {
        INDArray before = pool(6).latents(new int[] {2});
        Path file = folder.resolve("pool-6");
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes).hasSize(SIZE * 1024 * Float.BYTES);
        Arrays.fill(bytes, 2 * 4096 + 4, 2 * 4096 + 8, (byte) 0);
        Files.write(file, bytes);
        INDArray after = pool(6).latents(new int[] {2});
        assertThat(after.getDouble(0, 0, 0, 1)).isZero();
        assertThat(after.getDouble(0, 0, 0, 2))
                .isEqualTo(before.getDouble(0, 0, 0, 2))
                .isNotZero();
    }

    @Test
    void everyBatchSeesEveryAmountOfNoise() {
        PoolBatches source = batches(NO_TEXT, 0, new Stage(0, 6, 8));
        for (int i = 0; i < 4; i++) {
            int[] times = source.next().timesteps();
            for (int row = 0; row < 8; row++) {
                assertThat(times[row]).isBetween(row * TIMES / 8, (row + 1) * TIMES / 8 - 1);
            }
        }
    }

    @Test
    void aSeedFixesAllAndNoTwoBatchesAreAlike() {
        PoolBatches one = batches(NO_TEXT, 0, new Stage(0, 6, 4));
        PoolBatches same = batches(NO_TEXT, 0, new Stage(0, 6, 4));
        TrainingBatch first = one.next();
        TrainingBatch again = same.next();
        assertThat(again.latents()).isEqualTo(first.latents());
        assertThat(again.noise()).isEqualTo(first.noise());
        assertThat(again.timesteps()).isEqualTo(first.timesteps());
        assertThat(one.next().noise()).isNotEqualTo(first.noise());
    }

    /** Noise of variance 1 that all positions have on their own, and 0.01 that a channel shares. */
    @Test
    void noiseHasTheOffsetThatTheRecipeSays() {
        PoolBatches source = batches(NO_TEXT, 0, new Stage(0, 6, 8));
        double shared = 0;
        double all = 0;
        for (int i = 0; i < 25; i++) {
            INDArray noise = source.next().noise();
            INDArray means = noise.mean(2, 3);
            shared += means.mul(means).meanNumber().doubleValue() / 25;
            all += noise.mul(noise).meanNumber().doubleValue() / 25;
        }
        assertThat(all).isCloseTo(1.01, within(0.02));
        assertThat(shared).isCloseTo(0.01 + 1 / 256.0, within(0.004));
    }

    @Test
    void captionsBelongToTheirScenesAndSomeAreDropped() {
        List<String> seen = new ArrayList<>();
        Captions listening = captions -> {
            seen.addAll(captions);
            return NO_TEXT.of(captions);
        };
        PoolBatches source = batches(listening, 0.25, new Stage(0, 6, 8));
        IntStream.range(0, 25).forEach(i -> source.next());
        List<String> possible =
                IntStream.range(0, SIZE).mapToObj(i -> SCENES.any(i).caption()).toList();
        assertThat(seen).hasSize(200).allMatch(caption -> caption.isEmpty() || possible.contains(caption));
        assertThat(seen.stream().filter(String::isEmpty).count() / 200.0).isCloseTo(0.25, within(0.12));
        seen.clear();
        TrainingBatch batch = batches(listening, 0, new Stage(0, 6, 4)).next();
        for (int row = 0; row < 4; row++) {
            int number = possible.indexOf(seen.get(row));
            assertThat(batch.latents().slice(row))
                    .isEqualTo(pool(6).latents(new int[] {number}).slice(0));
        }
    }

    @Test
    void aStageHasItsOwnSizeAndItsOwnPictograms() {
        List<String> seen = new ArrayList<>();
        Captions listening = captions -> {
            seen.addAll(captions);
            return NO_TEXT.of(captions);
        };
        PoolBatches source = batches(listening, 0, new Stage(0, 2, 8), new Stage(3, 6, 16));
        List<Integer> sizes =
                IntStream.range(0, 5).mapToObj(i -> source.next().size()).toList();
        assertThat(sizes).containsExactly(8, 8, 8, 16, 16);
        assertThat(seen.subList(0, 24)).allMatch(caption -> caption.matches(".*(cherry|unicorn).*"));
        assertThat(seen.subList(24, 56)).anyMatch(caption -> !caption.matches(".*(cherry|unicorn).*"));
    }

    /** A model of one number, whose gradient depends on all that is in a batch. */
    private record OneNumber(INDArray number) implements TrainedModel {

        @Override
        public Map<String, INDArray> parameters() {
            return Map.of("number", number);
        }

        @Override
        public Result gradient(Pass pass) {
            double mean = pass.noisy().meanNumber().doubleValue();
            return new Result(mean, List.of(mean), Map.of("number", Nd4j.createFromArray((float) mean)));
        }
    }

    private INDArray trained(String name, int... ends) throws Exception {
        OneNumber model = new OneNumber(Nd4j.createFromArray(0f));
        for (int end : ends) {
            model.number.assign(0);
            Trainer trainer = new Trainer(
                    model,
                    batches(NO_TEXT, 0.5, new Stage(0, 6, 4), new Stage(2, 3, 2)),
                    new Objective(schedule, PredictionType.EPSILON, LossWeighting.EVEN),
                    TrainingSettings.of(LearningRate.constant(1e-2, end)));
            try (RunFolder run = RunFolder.open(folder.resolve(name))) {
                Checkpoints checkpoints = run.checkpoints(2);
                checkpoints.resume(trainer, Map.of("plan", "a"), damaged -> {});
                trainer.forEachRemaining(step -> {});
                checkpoints.write(trainer, Map.of("plan", "a"));
            }
        }
        return model.number;
    }

    @Test
    void aTrainingThatWasStoppedGoesOnWithTheSameBits() throws Exception {
        assertThat(trained("parts", 1, 3, 5)).isEqualTo(trained("whole", 5));
    }
}
