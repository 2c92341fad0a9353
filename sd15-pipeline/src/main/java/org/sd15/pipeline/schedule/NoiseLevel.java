package org.sd15.pipeline.schedule;

/**
 * How much picture and how much noise a sample holds: {@code x = alpha * picture + sigma * noise}, with
 * {@code alpha^2 + sigma^2 = 1}.
 *
 * @param alpha the weight of the picture, the root of diffusers' {@code alphas_cumprod}
 * @param sigma the weight of the noise
 */
public record NoiseLevel(double alpha, double sigma) {

    /** The level of an entry of {@code alphas_cumprod}. */
    public static NoiseLevel ofAlphaCumprod(double alphaCumprod) {
        return new NoiseLevel(Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod));
    }

    /** The level of an entry of diffusers' {@code sigmas}, which are {@code sigma / alpha}. */
    public static NoiseLevel ofRatio(double ratio) {
        double alpha = 1 / Math.sqrt(1 + ratio * ratio);
        return new NoiseLevel(alpha, ratio * alpha);
    }

    /** Noise over signal, what diffusers and k-diffusion call sigma. */
    public double ratio() {
        return sigma / alpha;
    }

    /** Half the logarithm of the signal-to-noise ratio, {@code ln(alpha / sigma)}; infinite without noise. */
    public double lambda() {
        return Math.log(alpha) - Math.log(sigma);
    }

    /** The signal-to-noise ratio, {@code alpha^2 / sigma^2}. */
    public double snr() {
        return alpha * alpha / (sigma * sigma);
    }
}
