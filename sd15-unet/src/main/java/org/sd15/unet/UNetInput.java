package org.sd15.unet;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a UNet is given.
 *
 * @param sample noisy latents, {@code [batch, inChannels, height, width]}
 * @param timesteps one time step a picture, in training steps (0 to 999); fractions are allowed
 * @param context text states, {@code [batch, tokens, crossAttentionDim]}
 */
public record UNetInput(INDArray sample, double[] timesteps, INDArray context) {

    /** Checks ranks and batch sizes. */
    public UNetInput {
        timesteps = timesteps.clone();
        if (sample.rank() != 4 || context.rank() != 3) {
            throw new IllegalArgumentException(
                    "UNet input: sample %s must be [batch, channels, height, width], context %s [batch, tokens, channels]"
                            .formatted(Arrays.toString(sample.shape()), Arrays.toString(context.shape())));
        }
        if (sample.size(0) != context.size(0) || sample.size(0) != timesteps.length) {
            throw new IllegalArgumentException(
                    "UNet input: the sample has %d pictures, the context %d, and there are %d time steps"
                            .formatted(sample.size(0), context.size(0), timesteps.length));
        }
    }

    /** The same time step for all pictures. */
    public static UNetInput of(INDArray sample, double timestep, INDArray context) {
        double[] timesteps = new double[Math.toIntExact(sample.size(0))];
        Arrays.fill(timesteps, timestep);
        return new UNetInput(sample, timesteps, context);
    }

    @Override
    public double[] timesteps() {
        return timesteps.clone();
    }

    /** Number of pictures. */
    public int batch() {
        return timesteps.length;
    }

    int height() {
        return Math.toIntExact(sample.size(2));
    }

    int width() {
        return Math.toIntExact(sample.size(3));
    }

    int tokens() {
        return Math.toIntExact(context.size(1));
    }
}
