package org.sd15.benchmark.timing;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LoraInitialization;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** The workloads that there are. Each owns its component and the random tensors that it runs on. */
public final class Workloads {

    private static final int TEXT_TOKENS = 77;
    private static final int TIMESTEP = 981;
    private static final int RANK = 4;
    private static final double RATE = 1e-4;

    private record Run(Runnable body, Runnable release) implements Workload {
        @Override
        public void run() {
            body.run();
        }

        @Override
        public void close() {
            release.run();
        }
    }

    private Workloads() {}

    /** One prediction of the UNet for n latents of {@code size x size}. */
    public static Workload unet(MeasuredComponents components, int batch, int size) throws IOException {
        UNet unet = components.unet(Adapters.NONE, UnaryOperator.identity());
        UNetInput input = UNetInput.of(latents(unet, batch, size), TIMESTEP, context(unet, batch));
        return new Run(() -> unet.predict(input).close(), unet::close);
    }

    /** {@link #unet} with the ports of prompt-to-prompt in use: the rows after the first follow it. */
    public static Workload controlledUnet(MeasuredComponents components, int batch, int size) throws IOException {
        UNet unet = components.unet(Adapters.NONE, UnaryOperator.identity());
        UNetInput input = UNetInput.of(latents(unet, batch, size), TIMESTEP, context(unet, batch));
        WordSwap swap = WordSwap.of(unet.sites(size, size, TEXT_TOKENS), batch);
        return new Run(
                () -> unet.predict(input, swap.plan(), swap.control(), List.of())
                        .sample()
                        .close(),
                unet::close);
    }

    /** A given number of latents of {@code size x size} become pictures. */
    public static Workload vae(MeasuredComponents components, int batch, int size) throws IOException {
        Vae vae = components.vae();
        INDArray latents = Nd4j.randn(DataType.FLOAT, batch, vae.config().latentChannels(), size, size);
        return new Run(() -> vae.decode(latents).close(), vae::close);
    }

    /** A given number of texts of 77 tokens. */
    public static Workload text(MeasuredComponents components, int batch) throws IOException {
        ClipTextEncoder encoder = components.textEncoder();
        int[][] ids = new int[batch][TEXT_TOKENS];
        Arrays.stream(ids).forEach(row -> Arrays.setAll(row, i -> i));
        return new Run(() -> encoder.encode(ids).close(), encoder::close);
    }

    /** One step of a LoRA of rank 4 on the attentions: prediction, gradients, AdamW. */
    public static Workload trainLora(MeasuredComponents components, int batch, int size, Checkpointing checkpointing)
            throws IOException {
        Adapters adapters = Adapters.on(AdaptedLayers.ATTENTION, new LowRank(RANK, RANK));
        UNet unet = components.unet(adapters, base -> LoraInitialization.over(base, new TorchRandom(0)));
        return training(unet, AdaptedLayers::isLora, batch, size, checkpointing);
    }

    /** One step of full fine-tuning: prediction, gradients of all weights, AdamW. */
    public static Workload trainFull(MeasuredComponents components, int batch, int size, Checkpointing checkpointing)
            throws IOException {
        UNet unet = components.unet(Adapters.NONE, weights -> UNetTraining.ownCopies(weights, name -> true));
        return training(unet, name -> true, batch, size, checkpointing);
    }

    private static Workload training(
            UNet unet, Predicate<String> trained, int batch, int size, Checkpointing checkpointing) {
        int[] timesteps = new int[batch];
        Arrays.fill(timesteps, TIMESTEP);
        TrainingBatch same = TrainingBatch.of(
                latents(unet, batch, size),
                latents(unet, batch, size),
                timesteps,
                new TrainingBatch.Texts.States(context(unet, batch)));
        var schedule = new DdimScheduler(SchedulerConfig.sd15()).noiseSchedule();
        Trainer trainer = new Trainer(
                new UNetTraining(unet, trained, checkpointing),
                new Repeated(same),
                new Objective(schedule, PredictionType.EPSILON, LossWeighting.EVEN),
                TrainingSettings.of(LearningRate.constant(RATE, Integer.MAX_VALUE)));
        return new Run(trainer::next, unet::close);
    }

    /** The same batch again and again; there is nothing to resume. */
    private record Repeated(TrainingBatch batch) implements BatchSource {
        @Override
        public TrainingBatch next() {
            return batch;
        }

        @Override
        public void save(TrainingState into) {}

        @Override
        public void restore(TrainingState from) {}
    }

    private static INDArray latents(UNet unet, int batch, int size) {
        return Nd4j.randn(DataType.FLOAT, batch, unet.config().inChannels(), size, size);
    }

    private static INDArray context(UNet unet, int batch) {
        return Nd4j.randn(DataType.FLOAT, batch, TEXT_TOKENS, unet.config().crossAttentionDim());
    }
}
