package org.sd15.pipeline.training;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.random.TorchRandom;

/** What low-rank additions start from. */
public final class LoraInitialization {

    private LoraInitialization() {}

    /**
     * Weights of a model and, for its additions, A drawn with standard deviation 1 / rank and B zero, as diffusers' training
     * scripts have it: at first the model is the frozen one.
     *
     * @param base the frozen weights
     * @param random draws in the order in which parameters are asked for
     */
    public static Weights over(Weights base, TorchRandom random) {
        return new Initialized(base, random);
    }

    private record Initialized(Weights base, TorchRandom random) implements Weights {

        @Override
        public INDArray get(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : base.get(spec);
        }

        @Override
        public INDArray stored(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : base.stored(spec);
        }

        private static boolean isAddition(ParameterSpec spec) {
            return spec.name().endsWith("." + LowRank.DOWN) || spec.name().endsWith("." + LowRank.UP);
        }

        private INDArray drawn(ParameterSpec spec) {
            long[] shape = spec.shape();
            return spec.name().endsWith("." + LowRank.DOWN)
                    ? random.randn(shape).divi(shape[0])
                    : Nd4j.zeros(DataType.FLOAT, shape);
        }
    }
}
