package org.sd15.pipeline.vae;

/**
 * What an autoencoder is trained for: pictures that come back, and latents that are near to normal. The loss is the
 * weighted sum of three means: of squared and of absolute differences between pictures, and of the Kullback-Leibler
 * divergence of the latents' distributions from the standard normal one.
 *
 * @param squared weight of the squared differences
 * @param absolute weight of the absolute differences
 * @param divergence weight of the divergence, a small number: it only keeps the latents together
 */
public record VaeLoss(double squared, double absolute, double divergence) {

    /** What small autoencoders learn well with. */
    public static final VaeLoss USUAL = new VaeLoss(1, 0.3, 1e-4);

    /** Checks the weights. */
    public VaeLoss {
        boolean finite = Double.isFinite(squared + absolute + divergence);
        if (!(finite && squared >= 0 && absolute >= 0 && divergence >= 0 && squared + absolute > 0)) {
            throw new IllegalArgumentException(
                    "autoencoder loss with weights %s (squared), %s (absolute), %s (divergence): none may be negative or infinite, and pictures must count"
                            .formatted(squared, absolute, divergence));
        }
    }
}
