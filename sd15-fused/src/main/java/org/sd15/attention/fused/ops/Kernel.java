package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/**
 * What a {@link FusedOp} computes. Implementations are records of longs, doubles and booleans, because that is what
 * SameDiff keeps of an operation when it copies it into the graph of the derivatives.
 */
public sealed interface Kernel
        permits Linear,
                LinearInputGradient,
                LinearWeightGradient,
                Convolution,
                ConvolutionInputGradient,
                ConvolutionWeightGradient,
                PixelSum,
                GroupNormalization,
                GroupNormalizationGradient,
                LayerNormalization,
                LayerNormalizationGradient,
                Swish,
                SwishGradient,
                GeGlu,
                GeGluGradient,
                Attention,
                AttentionGradient,
                Probabilities,
                ProbabilitiesGradient,
                Mix,
                MixGradient,
                NoGradient,
                Concatenation,
                ChannelSlice,
                Upsampling,
                UpsamplingGradient {

    /** How many results there are: one, if nothing else is said. */
    default int outputs() {
        return 1;
    }

    /** The shapes of the results. */
    List<long[]> shapes(List<long[]> inputs);

    /** A result of a shape, and how it lies in memory: in the order of its dimensions, if nothing else is said. */
    default LongShapeDescriptor descriptor(int result, long[] shape) {
        return LongShapeDescriptor.fromShape(shape, DataType.FLOAT);
    }

    /**
     * Multiplications and additions of the products that the definition has, for inputs of some shapes; 0 where there are
     * none. What is computed again, or saved, is not counted.
     */
    default double flops(List<long[]> inputs) {
        return 0;
    }

    /** Writes the program for the shapes that the builder knows. */
    void build(ProgramBuilder program);

    /**
     * The gradients with respect to the inputs.
     *
     * @param op the operation in its graph
     * @param gradients with respect to the results
     * @return one an input
     */
    List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients);

    /** Whether an input may be a view with any strides. */
    default boolean takesViews(int input) {
        return false;
    }

    /** The answer of derivatives, which have none themselves. */
    static List<SDVariable> noSecondDerivative(Kernel kernel) {
        throw new UnsupportedOperationException(
                "the fused formulation has no derivative of %s; use Execution.NATIVE".formatted(kernel));
    }
}
