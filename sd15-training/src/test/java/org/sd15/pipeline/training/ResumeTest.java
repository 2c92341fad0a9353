package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.training.LearningRate.Shape;
import org.sd15.pipeline.training.TrainingSettings.NotFinite;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.data.SmallFolder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/** Five steps, a checkpoint, and five more in a new run: the same bits as ten. */
class ResumeTest {

    @TempDir
    private static Path shared;

    private static final Vae VAE = SmallFolder.vae();

    @TempDir
    private Path folder;

    /** Ways in which runs differ; together they have everything that a run can have. */
    enum Mode {
        FULL_FOR_VELOCITY_WITH_MIN_SNR,
        CROSS_ATTENTION_AVERAGED_AND_ACCUMULATED,
        LORA_ON_ALL_LAYERS,
        DREAMBOOTH;

        boolean trains(String name) {
            return switch (this) {
                case CROSS_ATTENTION_AVERAGED_AND_ACCUMULATED -> name.contains("attn2");
                case LORA_ON_ALL_LAYERS -> AdaptedLayers.isLora(name);
                default -> true;
            };
        }

        UNet unet() {
            if (this != LORA_ON_ALL_LAYERS) {
                return TinyUNet.of(TinyUNet.smallest(), this::trains);
            }
            return new UNet(
                    TinyUNet.smallest(),
                    LoraInitialization.over(Rule.weights("", DataType.FLOAT), new TorchRandom(1)),
                    DataType.FLOAT,
                    Adapters.on(AdaptedLayers.ALL, new LowRank(2, 2)));
        }

        TrainingSettings settings() {
            TrainingSettings plain = TrainingSettings.of(new LearningRate(Shape.COSINE, 1e-3, 2, 10));
            return this == CROSS_ATTENTION_AVERAGED_AND_ACCUMULATED
                    ? plain.accumulating(2).averaging(new EmaDecay(0.9, true))
                    : plain;
        }

        Objective objective() {
            return this == FULL_FOR_VELOCITY_WITH_MIN_SNR
                    ? new Objective(TinyUNet.schedule(), PredictionType.V_PREDICTION, new LossWeighting.MinSnr(5))
                    : TinyUNet.epsilon();
        }
    }

    @BeforeAll
    static void pictures() throws IOException {
        SmallFolder.captioned(shared.resolve("data"), 3);
    }

    @AfterAll
    static void close() {
        VAE.close();
    }

    @ParameterizedTest
    @EnumSource
    void fiveAndFiveStepsAreTen(Mode mode) throws IOException {
        try (UNet unet = mode.unet()) {
            Map<String, INDArray> start = trained(mode, unet);
            Trainer atOnce = trainer(mode, unet);
            List<Double> losses = losses(atOnce, 10);
            Map<String, INDArray> end = trained(mode, unet);
            start.forEach((name, array) -> unet.weights().get(name).assign(array));
            Trainer first = trainer(mode, unet);
            assertThat(losses(first, 5)).isEqualTo(losses.subList(0, 5));
            Path file = new Checkpoints(folder, 1).write(first, Map.of("seed", "11"));
            end.keySet().forEach(name -> unet.weights().get(name).assign(0)); // what was there must not matter
            Trainer second = trainer(mode, unet);
            Checkpoints.restore(file, second);
            assertThat(losses(second, 10)).isEqualTo(losses.subList(5, 10));
            end.forEach((name, array) -> assertSameBits(name, unet.weights().get(name), array));
            assertSameState(atOnce, second);
        }
    }

    private static Map<String, INDArray> trained(Mode mode, UNet unet) {
        Map<String, INDArray> copies = new HashMap<>();
        unet.weights().forEach((name, array) -> {
            if (mode.trains(name)) {
                copies.put(name, array.dup());
            }
        });
        return copies;
    }

    /** Moments, averages, random state and position; both read the same weights. */
    private static void assertSameState(Trainer one, Trainer other) {
        TrainingState expected = new TrainingState();
        one.save(expected);
        TrainingState found = new TrainingState();
        other.save(found);
        assertThat(found.remarks()).isEqualTo(expected.remarks());
        assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet());
        found.tensors().forEach((name, array) -> assertSameBits(name, array, expected.tensor(name)));
    }

    private static List<Double> losses(Trainer trainer, int until) {
        List<Double> losses = new ArrayList<>();
        while (trainer.done() < until) {
            losses.add(trainer.next().loss());
        }
        return losses;
    }

    private static Trainer trainer(Mode mode, UNet unet) throws IOException {
        return new Trainer(new UNetTraining(unet, mode::trains), source(mode), mode.objective(), mode.settings());
    }

    private static BatchSource source(Mode mode) throws IOException {
        var latents = new LatentCache(shared.resolve("cache"), VAE, new PictureTransform(8, 8, true, true));
        PreparedPictures pictures = PreparedPictures.of(
                PictureFolder.read(shared.resolve("data"), BadData.FAIL), latents, BadData.FAIL, done -> {});
        PictureBatches.@Nullable Prior prior = mode == Mode.DREAMBOOTH ? new PictureBatches.Prior(pictures, 1) : null;
        var settings = new PictureBatches.Settings(2, 0.1, new NoiseSettings(0.1, 0.1, 1000));
        return new PictureBatches(pictures, prior, latents, VAE, SmallFolder::states, settings, 11);
    }

    @Test
    void theLastOnesAreKept() throws IOException {
        try (UNet unet = Mode.LORA_ON_ALL_LAYERS.unet()) {
            Trainer trainer = trainer(Mode.LORA_ON_ALL_LAYERS, unet);
            Checkpoints checkpoints = new Checkpoints(folder, 2);
            Files.writeString(folder.resolve(".checkpoint-000001.safetensors.0.tmp"), "left behind");
            Path last = folder;
            for (int i = 0; i < 4; i++) {
                trainer.next();
                last = checkpoints.write(trainer, Map.of());
            }
            try (var files = Files.list(folder)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("checkpoint-000003.safetensors", "checkpoint-000004.safetensors");
            }
            assertThat(checkpoints.latest()).contains(last);
            assertThatThrownBy(() -> Checkpoints.restore(
                            checkpoints.latest().orElseThrow(), trainer(Mode.FULL_FOR_VELOCITY_WITH_MIN_SNR, unet)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("checkpoint-000004.safetensors: the checkpoint has no tensor weights/unet.");
        }
    }

    @Test
    void otherSettingsAreRefused() throws IOException {
        try (UNet unet = Mode.LORA_ON_ALL_LAYERS.unet()) {
            Path file = new Checkpoints(folder, 1).write(trainer(Mode.LORA_ON_ALL_LAYERS, unet), Map.of());
            TrainedModel model = new UNetTraining(unet, Mode.LORA_ON_ALL_LAYERS::trains);
            TrainingSettings other = TrainingSettings.of(LearningRate.constant(1e-3, 10));
            Trainer trainer = new Trainer(model, source(Mode.LORA_ON_ALL_LAYERS), TinyUNet.epsilon(), other);
            assertThatThrownBy(() -> Checkpoints.restore(file, trainer))
                    .hasMessageContaining("was made with COSINE, peak 0.001")
                    .hasMessageContaining("this run has CONSTANT");
        }
    }

    /** Fewer layers than the checkpoint has, and another record than the one that was written. */
    @Test
    void otherTargetsAndOtherRecordsAreRefused() throws IOException {
        Mode mode = Mode.LORA_ON_ALL_LAYERS;
        try (UNet unet = mode.unet()) {
            Map<String, String> record = Map.of("seed", "5", "data", "squares");
            Path file = new Checkpoints(folder, 1).write(trainer(mode, unet), record);
            TrainedModel fewer = new UNetTraining(unet, name -> mode.trains(name) && name.contains("attn2"));
            Trainer trainer = new Trainer(fewer, source(mode), TinyUNet.epsilon(), mode.settings());
            assertThatThrownBy(() -> Checkpoints.restore(file, trainer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("checkpoint-000000.safetensors: the checkpoint has weights/unet.")
                    .hasMessageContaining("which does not learn in this run");
            Checkpoints.restore(file, trainer(mode, unet), Map.of("data", "squares"));
            assertThatThrownBy(() -> Checkpoints.restore(file, trainer(mode, unet), Map.of("data", "circles")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("data was squares when the checkpoint was made, is circles now");
            assertThatThrownBy(() -> Checkpoints.restore(file, trainer(mode, unet), Map.of("model", "tiny")))
                    .hasMessageContaining("model was unset when the checkpoint was made, is tiny now");
        }
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunOrIsSkippedAndLeavesTheWeights() throws IOException {
        try (UNet unet = Mode.LORA_ON_ALL_LAYERS.unet()) {
            TrainedModel model = new UNetTraining(unet, Mode.LORA_ON_ALL_LAYERS::trains);
            INDArray before = copy(model);
            unet.weights().get("conv_out.bias").putScalar(0, Double.NaN);
            TrainingSettings settings = Mode.LORA_ON_ALL_LAYERS.settings();
            Trainer failing = new Trainer(model, source(Mode.LORA_ON_ALL_LAYERS), TinyUNet.epsilon(), settings);
            assertThatThrownBy(failing::next)
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("step 1: the loss is NaN");
            Trainer skipping = new Trainer(
                    model, source(Mode.LORA_ON_ALL_LAYERS), TinyUNet.epsilon(), settings.onNotFinite(NotFinite.SKIP));
            assertThat(skipping.next().skipped()).isTrue();
            assertThat(skipping.skipped()).isEqualTo(1);
            assertSameBits("weights", copy(model), before);
        }
    }

    private static INDArray copy(TrainedModel model) {
        return Nd4j.concat(
                0,
                model.parameters().values().stream()
                        .map(array -> array.reshape(array.length()))
                        .toArray(INDArray[]::new));
    }
}
