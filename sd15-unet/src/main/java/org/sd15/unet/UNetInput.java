package org.sd15.unet;

import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ArrayCheck;

/**
 * What a UNet is given.
 *
 * @param sample noisy latents, {@code [batch, inChannels, height, width]}
 * @param timesteps one time step a picture, in training steps (0 to 999); fractions are allowed
 * @param context text states, {@code [batch, tokens, crossAttentionDim]}
 */
public record UNetInput(INDArray sample, double[] timesteps, INDArray context) {

    /**
     * Checks ranks, types and batch sizes.
     *
     * @throws IllegalArgumentException if something can't be predicted from
     */
    public UNetInput {
        Objects.requireNonNull(timesteps, "UNet input: the time steps are null");
        timesteps = timesteps.clone();
        requireUsable(sample, context);
        if (!Arrays.stream(timesteps).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException(
                    "UNet input: time steps must be finite numbers, found " + Arrays.toString(timesteps));
        }
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
        requireUsable(sample, context);
        double[] timesteps = new double[Math.toIntExact(sample.size(0))];
        Arrays.fill(timesteps, timestep);
        return new UNetInput(sample, timesteps, context);
    }

    private static void requireUsable(INDArray sample, INDArray context) {
        ArrayCheck.require("UNet input: the sample", sample);
        ArrayCheck.require("UNet input: the context", context);
    }

    /** Makes sure that no array has been closed since. */
    void requireUsable() {
        requireUsable(sample, context);
    }

    /** A copy of the time steps. */
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
