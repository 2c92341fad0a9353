package org.sd15.pipeline.training;

import java.util.List;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.schedule.BetaSchedule;
import org.sd15.pipeline.schedule.DdpmScheduler;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** Small UNets for training tests, weights by the rule. */
final class TinyUNet {

    private TinyUNet() {}

    /** The topology of Stable Diffusion 1.5 at a hundredth of its width: the one of the reference runs. */
    static UNetConfig reference() {
        UNetConfig sd15 = UNetConfig.sd15();
        return new UNetConfig(
                4, 4, List.of(32, 48, 64, 64), sd15.downBlockTypes(), sd15.upBlockTypes(), 2, 8, 32, 16, 1e-5, false);
    }

    /** One level with everything in it, eight channels wide. */
    static UNetConfig smallest() {
        return new UNetConfig(
                4,
                4,
                List.of(8),
                List.of(DownBlockType.CrossAttnDownBlock2D),
                List.of(UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                12,
                8,
                1e-5,
                false);
    }

    /** In the fused formulation, in which the command line trains. */
    static UNet of(UNetConfig config, Predicate<String> trained) {
        return of(config, trained, FusedExecution.create());
    }

    static UNet of(UNetConfig config, Predicate<String> trained, Execution execution) {
        Weights weights = UNetTraining.ownCopies(Rule.weights("", DataType.FLOAT), trained);
        return new UNet(config, weights, DataType.FLOAT, Adapters.NONE, execution);
    }

    /** The noise schedule of Stable Diffusion 1.5. */
    static NoiseSchedule schedule() {
        SchedulerConfig config = SchedulerConfig.builder()
                .betaStart(0.00085)
                .betaEnd(0.012)
                .betaSchedule(BetaSchedule.SCALED_LINEAR)
                .build();
        return new DdpmScheduler(config).noiseSchedule();
    }

    static Objective epsilon() {
        return new Objective(schedule(), PredictionType.EPSILON, LossWeighting.EVEN);
    }
}
