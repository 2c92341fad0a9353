package org.sd15.pipeline.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.TrainingEstimate.Plan;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** What trainings are thought to need, against what profilers counted and what processes held. */
class TrainingEstimateTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");

    /** 803.3 GFLOP is what a profiler counted in a forward pass of the full-size UNet at 64 x 64. */
    @Test
    void theCostOfAPassIsCounted() {
        ForwardCost cost = ForwardCost.ofUNet(UNetConfig.sd15(), 64, 64, 77, ForwardCost.Kept.FUSED);
        assertThat(cost.flops()).isCloseTo(803.3e9, withinPercentage(1));
    }

    /** The resident memory of a step of full fine-tuning was 17.8 GB at 64 x 64 and 15.4 GB at 16 x 16. */
    @Test
    void theMemoryOfAFusedPassIsWhatWasMeasured() {
        double difference = fusedActivations(64) - fusedActivations(16);
        assertThat(4 * difference).isCloseTo(17.8e9 - 15.4e9, withinPercentage(15));
    }

    /**
     * On two cores that multiply matrices at 212 GFLOP/s, {@code bench/peers/run.sh} measured 3.53 s for a prediction at 64 x
     * 64, 12.54 s for a step of a LoRA and 18.28 s for one of all weights.
     */
    @Test
    void theTimeIsWhatWasMeasured() throws IOException {
        double rate = 212e9;
        PredictionCost prediction = PredictionCost.of(UNetConfig.sd15(), 64, 64, 77);
        assertThat(prediction.seconds(rate, true)).isCloseTo(3.53, withinPercentage(5));
        assertThat(ofFullSize(new Method.Lora(new LowRank(4, 4), AdaptedLayers.ATTENTION, false)) / rate)
                .isCloseTo(12.54, withinPercentage(5));
        assertThat(ofFullSize(new Method.Full(name -> true, Method.TextPart.NOTHING)) / rate)
                .isCloseTo(18.28, withinPercentage(5));
    }

    /** Operations of a step over the part of the rate that is reached, for as many forward passes as a small model's. */
    private static double ofFullSize(Method method) throws IOException {
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            TrainingCost cost = TrainingEstimate.of(files, method).of(new Plan(64, 64, 1, 1, false));
            double pass = ForwardCost.ofUNet(files.unetConfig(), 16, 16, 77, ForwardCost.Kept.FUSED)
                    .flops();
            double full = ForwardCost.ofUNet(UNetConfig.sd15(), 64, 64, 77, ForwardCost.Kept.FUSED)
                    .flops();
            return cost.flops() / pass * full / cost.efficiency();
        }
    }

    private static double fusedActivations(int side) {
        return ForwardCost.ofUNet(UNetConfig.sd15(), side, side, 77, ForwardCost.Kept.FUSED)
                .activations();
    }

    @Test
    void aPlanThatCanNotFitIsRefusedWithWhatWould() throws IOException {
        Method full = new Method.Full(name -> true, Method.TextPart.NOTHING);
        Method lora = new Method.Lora(new LowRank(4, 4), AdaptedLayers.ATTENTION, false);
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            Plan plan = new Plan(64, 64, 16, 1, true);
            TrainingCost cost = TrainingEstimate.of(files, full).require(plan, 8e9);
            assertThat(cost.trained()).isEqualTo(count(files));
            assertThat(cost.perParameter()).isEqualTo(20);
            assertThat(TrainingEstimate.of(files, lora).of(plan).trained()).isLessThan(100_000);
            assertThat(cost.toString()).contains("parameters learn; memory about");
            assertThatThrownBy(() -> TrainingEstimate.of(files, full).require(plan, cost.bytes() - 1))
                    .isInstanceOf(TooLittleMemoryException.class)
                    .hasMessageEndingWith(": a batch of 15 would fit (accumulated over 2 for as many pictures a step)");
            Plan large = new Plan(512, 512, 1, 1, false);
            assertThatThrownBy(() -> TrainingEstimate.of(files, full).require(large, 1.4e9))
                    .hasMessageContaining(": a batch of 1 at a resolution of ")
                    .hasMessageEndingWith(" would fit")
                    .hasMessageNotContaining("--");
            assertThatThrownBy(() -> TrainingEstimate.of(files, full).require(plan, 1e8))
                    .hasMessageEndingWith(": a LoRA needs memory for the frozen weights and a pass only");
        }
    }

    /**
     * 3631.18 GFLOP is what PyTorch 2.15 counts in diffusers' AutoencoderKL, encoding and decoding 512 x 512 pixels, and
     * 1.712 GFLOP in the small one of shapes at 64 x 64 ({@code torch.utils.flop_counter}).
     */
    @Test
    void theCostOfAnAutoencoderIsCounted() throws IOException {
        assertThat(ForwardCost.ofVae(VaeConfig.sd15(), 512, 512, ForwardCost.Kept.FUSED)
                        .flops())
                .isCloseTo(3631.177400320e9, withinPercentage(0.01));
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            assertThat(ForwardCost.ofVae(files.vaeConfig(), 64, 64, ForwardCost.Kept.FUSED)
                            .flops())
                    .isCloseTo(1.712234496e9, withinPercentage(0.01));
        }
    }

    /** The resident memory of training the full-size autoencoder was 6.11 GB at 384 x 384 pixels and 2.03 GB at 64 x 64. */
    @Test
    void theMemoryOfTrainingAnAutoencoderIsWhatWasMeasured() {
        double difference = vaeActivations(384) - vaeActivations(64);
        assertThat(4 * difference).isCloseTo(1.024 * (6.114e9 - 2.030e9), withinPercentage(10));
    }

    private static double vaeActivations(int side) {
        return ForwardCost.ofVae(VaeConfig.sd15(), side, side, ForwardCost.Kept.FUSED_IN_VAE)
                .activations();
    }

    @Test
    void aTrainingOfTheAutoencoderThatCanNotFitIsRefusedWithWhatWould() throws IOException {
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            TrainingEstimate estimate = TrainingEstimate.ofVae(files);
            Plan plan = new Plan(64, 64, 8, 1, true);
            TrainingCost cost = estimate.require(plan, 8e9);
            assertThat(cost.trained()).isEqualTo(954_567);
            assertThat(cost.frozen()).isZero();
            assertThatThrownBy(() -> estimate.require(plan, cost.bytes() - 1))
                    .hasMessageContaining(": a batch of 7 would fit (accumulated over 2");
            assertThatThrownBy(() -> estimate.require(plan, 1e8)).hasMessageContaining("nothing smaller would fit");
        }
    }

    private static long count(ModelFiles files) throws IOException {
        return UNet.parameters(files.unetConfig()).stream()
                .mapToLong(spec -> spec.length())
                .sum();
    }
}
