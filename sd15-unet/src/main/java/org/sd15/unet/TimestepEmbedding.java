package org.sd15.unet;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * What the UNet knows of the time: a sinusoid and two linear layers, {@code linear_1} and {@code linear_2}.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/embeddings.py">diffusers,
 *     embeddings.py</a>
 */
public final class TimestepEmbedding {

    private static final double LONGEST_PERIOD = 10_000;

    private TimestepEmbedding() {}

    /** Builds the layers: {@code [batch, dim]} to {@code [batch, out]}. */
    public static Tokens apply(Scope scope, Tokens sinusoid, int out) {
        Tokens hidden = Linear.apply(scope.at("linear_1"), sinusoid, out);
        return Linear.apply(scope.at("linear_2"), hidden.map(scope.formulation()::silu), out);
    }

    /**
     * The sinusoid of each time step, cosines first. The models were trained with angles rounded to float32 at every
     * step, which at t = 1000 is 5e-5 from the exact value; so this does the same, whatever the type of the result.
     *
     * @param timesteps in training steps, 0 to 999; fractions are allowed
     * @param dim width of the result: that of the UNet's first level
     * @return {@code [batch, dim]}
     */
    public static INDArray sinusoid(double[] timesteps, int dim, DataType type) {
        int half = dim / 2;
        double[][] values = new double[timesteps.length][dim];
        for (int k = 0; k < half; k++) {
            float exponent = (float) (-Math.log(LONGEST_PERIOD)) * k / half;
            float frequency = TorchExponential.of(exponent);
            for (int row = 0; row < timesteps.length; row++) {
                float angle = (float) timesteps[row] * frequency;
                values[row][k] = (float) Math.cos(angle);
                values[row][half + k] = (float) Math.sin(angle);
            }
        }
        return Nd4j.createFromArray(values).castTo(type);
    }
}
