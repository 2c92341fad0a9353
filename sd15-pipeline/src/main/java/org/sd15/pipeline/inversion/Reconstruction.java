package org.sd15.pipeline.inversion;

import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * How well a picture comes back before it is edited.
 *
 * @param psnr peak signal-to-noise ratio against the picture, in dB, peak 1; infinite if nothing differs
 * @param autoencoderPsnr the same if only the autoencoder errs: no inversion can do better
 * @param largestLatentDifference the largest difference of the latents that came back from those of the picture
 */
public record Reconstruction(double psnr, double autoencoderPsnr, double largestLatentDifference) {

    /** Decibels that a good inversion loses at most against the autoencoder. */
    private static final double TOLERATED = 3;

    /** Below this it does not look like the same picture. */
    private static final double LEAST = 20;

    /** Compares pictures, values from 0 to 1, and latents. */
    public static Reconstruction of(
            INDArray picture,
            INDArray decoded,
            INDArray decodedFromTrueLatents,
            INDArray latents,
            INDArray trueLatents) {
        double difference =
                Transforms.abs(latents.sub(trueLatents), false).maxNumber().doubleValue();
        return new Reconstruction(psnr(decoded, picture), psnr(decodedFromTrueLatents, picture), difference);
    }

    /** Peak signal-to-noise ratio in dB of values from 0 to 1. */
    public static double psnr(INDArray picture, INDArray reference) {
        INDArray error = picture.sub(reference);
        return -10 * Math.log10(error.mul(error).meanNumber().doubleValue());
    }

    /** Whether an edit of it would be an edit of another picture. */
    public boolean isBad() {
        return !(psnr >= LEAST && psnr >= autoencoderPsnr - TOLERATED);
    }

    /** The report in a line. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "reconstruction: PSNR %.1f dB (%.1f dB by the autoencoder alone), largest latent difference %.2g",
                psnr,
                autoencoderPsnr,
                largestLatentDifference);
    }
}
