package org.sd15.cli;

import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.AdamWSettings;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingSettings.NotFinite;
import org.sd15.pipeline.training.run.TrainingBuilder;
import picocli.CommandLine.Option;

/** How a training steps. */
final class LoopOptions {

    private static final int USUAL_STEPS = 1000;

    @Option(
            names = "--train-steps",
            paramLabel = "N",
            description = "Optimizer steps (default: 1000; with --replay, all).")
    @InRange(from = 1)
    private @Nullable Integer steps;

    @Option(names = "--accumulate", defaultValue = "1", paramLabel = "N", description = "Batches a step (default: 1).")
    @InRange(from = 1)
    private int accumulate;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "Default: 1e-4; dreambooth without a LoRA: 5e-6.")
    @InRange(from = 0)
    private @Nullable Double learningRate;

    @Option(
            names = "--schedule",
            description = "constant, linear, cosine or late_decay, which falls in the last fifth (default: constant).")
    private LearningRate.Shape schedule = LearningRate.Shape.CONSTANT;

    @Option(names = "--warmup", defaultValue = "0", paramLabel = "N", description = "Steps of warm-up (default: 0).")
    @InRange(from = 0)
    private int warmup;

    @Option(
            names = "--weight-decay",
            defaultValue = "0.01",
            paramLabel = "X",
            description = "AdamW's decay (default: 0.01).")
    @InRange(from = 0)
    private double weightDecay;

    @Option(
            names = "--max-grad-norm",
            defaultValue = "1",
            paramLabel = "X",
            description = "Norm to clip gradients to (default: 1).")
    @InRange(from = 0, above = true)
    private double maxGradNorm;

    @Option(
            names = "--ema",
            paramLabel = "D",
            description = "Average the weights with this decay, and write the average.")
    @InRange(from = 0, to = 1, below = true)
    private @Nullable Double ema;

    @Option(names = "--ema-warmup", description = "Let the average begin faster, as diffusers' EMAModel.")
    private boolean emaWarmup;

    @Option(names = "--min-snr", paramLabel = "G", description = "Min-SNR weights of the loss; 5 is usual.")
    @InRange(from = 0, above = true)
    private @Nullable Double minSnr;

    @Option(
            names = "--high-noise",
            paramLabel = "W",
            description =
                    "Let time steps of high noise count up to this many times as much, for training from nothing; 20"
                            + " is a start.")
    @InRange(from = 1)
    private @Nullable Double highNoise;

    @Option(names = "--skip-nan", description = "Go on after a loss that is no number, and count it.")
    private boolean skipNan;

    LossWeighting weighting() {
        if (minSnr != null && highNoise != null) {
            throw new IllegalArgumentException(
                    "--min-snr and --high-noise weigh time steps in opposite ways: give one");
        }
        if (highNoise != null) {
            return new LossWeighting.HighNoise(highNoise);
        }
        return minSnr == null ? LossWeighting.EVEN : new LossWeighting.MinSnr(minSnr);
    }

    /**
     * Says how a training steps.
     *
     * @param replayed how many batches another trainer gives, if it does
     */
    TrainingBuilder apply(TrainingBuilder training, @Nullable Integer replayed) {
        return training.settings(usual -> settings(usual.learningRate().peak(), replayed));
    }

    private int steps(@Nullable Integer replayed) {
        if (steps != null) {
            return steps;
        }
        return replayed == null ? USUAL_STEPS : Math.max(1, replayed / Math.max(1, accumulate));
    }

    private TrainingSettings settings(double usualRate, @Nullable Integer replayed) {
        LearningRate rate =
                new LearningRate(schedule, learningRate == null ? usualRate : learningRate, warmup, steps(replayed));
        return new TrainingSettings(
                rate,
                AdamWSettings.USUAL.withWeightDecay(weightDecay),
                maxGradNorm,
                accumulate,
                ema == null ? null : new EmaDecay(ema, emaWarmup),
                skipNan ? NotFinite.SKIP : NotFinite.FAIL);
    }
}
