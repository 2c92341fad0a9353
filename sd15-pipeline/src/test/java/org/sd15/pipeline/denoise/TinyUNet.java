package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** Small UNets with weights by the rule, of the topology of the shapes model: cross attention at two sizes. */
public final class TinyUNet {

    public static final int SIDE = 8;
    public static final int TOKENS = 77;
    private static final int WIDTH = 12;

    private TinyUNet() {}

    public static UNet doubles() {
        return of(Rule.weights("", DataType.DOUBLE), DataType.DOUBLE);
    }

    /** A UNet in which everything after the maps of half the size is not a number. */
    public static UNet poisonedAfterSmallMaps() {
        Weights weights = spec -> {
            INDArray array = Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
            return spec.name().matches("up_blocks\\.2.*|conv_.*out.*") ? array.assign(Double.NaN) : array;
        };
        return of(weights, DataType.FLOAT);
    }

    private static UNet of(Weights weights, DataType type) {
        var config = new UNetConfig(
                4,
                4,
                List.of(16, 24, 24),
                List.of(
                        DownBlockType.CrossAttnDownBlock2D,
                        DownBlockType.CrossAttnDownBlock2D,
                        DownBlockType.DownBlock2D),
                List.of(UpBlockType.UpBlock2D, UpBlockType.CrossAttnUpBlock2D, UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                WIDTH,
                8,
                1e-5,
                false);
        return new UNet(config, weights, type);
    }

    public static INDArray latents(DataType type, int pictures) {
        return Rule.input("tiny.latents", type, pictures, 4, SIDE, SIDE);
    }

    /** The model without gradients, for losses alone. */
    public static StepModel withoutGradients(StepModel model) {
        return new StepModel() {
            @Override
            public Map<String, INDArray> maps(INDArray latents, Collection<String> names) {
                return model.maps(latents, names);
            }

            @Override
            public INDArray gradient(INDArray latents, Map<String, INDArray> cotangents) {
                return Nd4j.zerosLike(latents);
            }

            @Override
            public StepModel pictures(int first, int count) {
                return withoutGradients(model.pictures(first, count));
            }
        };
    }

    /** The first step of ten, under a text by the rule. */
    public static StepModel firstStep(UNet unet, DataType type, int pictures) {
        Sampler sampler = new DdimScheduler(SchedulerConfig.sd15()).sampler(10);
        INDArray context = Rule.input("tiny.context", type, pictures, TOKENS, WIDTH);
        return new UNetAtStep(unet, sampler, 0, context, null);
    }
}
