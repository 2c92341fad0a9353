package org.sd15.attention.dl4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What dropout multiplies values by: zero for a dropped one, {@code 1 / retained} for the others, so that the mean is one. It
 * is drawn once for a forward pass and serves the backward pass too.
 */
final class DropOutNoise {

    private @Nullable INDArray weights;
    private @Nullable INDArray output;

    /**
     * Draws from {@code Nd4j.getRandom()}.
     *
     * @param shape of the result
     */
    void draw(CrossAttentionConfig config, DataType type, long[] shape, int queries, int tokens) {
        if (config.attentionDropOut() < 1) {
            weights = draw(config.attentionDropOut(), type, shape[0], config.heads(), queries, tokens);
        }
        if (config.outputDropOut() < 1) {
            output = draw(config.outputDropOut(), type, shape);
        }
    }

    private static INDArray draw(double retained, DataType type, long... shape) {
        INDArray noise = Nd4j.ones(type, shape);
        return Nd4j.getExecutioner().exec(new DropOutInverted(noise, noise, retained));
    }

    /** Nothing is dropped until the next draw. */
    void forget() {
        close(weights);
        close(output);
        weights = null;
        output = null;
    }

    private static void close(@Nullable INDArray noise) {
        if (noise != null && noise.closeable()) {
            noise.close();
        }
    }

    /** {@code [batch, heads, queries, tokens]}; null if no weight is dropped. */
    @Nullable
    INDArray onWeights() {
        return weights;
    }

    /** A result, or a gradient towards it, after dropout. */
    INDArray onOutput(INDArray values) {
        return output == null ? values : values.mul(output);
    }
}
