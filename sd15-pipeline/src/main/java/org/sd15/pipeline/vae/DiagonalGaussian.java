package org.sd15.pipeline.vae;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.attention.session.ArrayCheck;

/**
 * What a picture is encoded to: a normal distribution for every latent, before scaling.
 *
 * @param mean {@code [batch, latentChannels, h, w]}
 * @param logVariance {@code [batch, latentChannels, h, w]}, within -30 and 20
 */
public record DiagonalGaussian(INDArray mean, INDArray logVariance) {

    static final double LOWEST = -30;
    static final double HIGHEST = 20;

    static DiagonalGaussian of(INDArray mean, INDArray logVariance) {
        INDArray below = Transforms.min(logVariance, HIGHEST, true);
        return new DiagonalGaussian(mean, Transforms.max(below, LOWEST, false));
    }

    /** The most probable latents: the means. */
    public INDArray mode() {
        return mean;
    }

    /** The standard deviations. */
    public INDArray std() {
        return Transforms.exp(logVariance.mul(0.5), false);
    }

    /**
     * Latents drawn with the given standard normal noise.
     *
     * @throws IllegalArgumentException if it has another shape than the latents
     */
    public INDArray sample(INDArray noise) {
        ArrayCheck.requireShape("the noise", noise, mean.shape());
        return std().muli(noise).addi(mean);
    }
}
