package org.sd15.pipeline.inversion;

import java.util.Locale;
import java.util.Optional;
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
        return !(psnr >= LEAST) || isInversionToBlame();
    }

    /** Whether the inversion loses what the autoencoder keeps; otherwise no other inversion would do better. */
    public boolean isInversionToBlame() {
        return !(psnr >= autoencoderPsnr - TOLERATED);
    }

    /** What is bad about it and what can be done, in a line; empty if it is not bad. */
    public Optional<String> warning() {
        if (!isBad()) {
            return Optional.empty();
        }
        return Optional.of(
                isInversionToBlame()
                        ? this + ": the picture does not come back without an edit, so edits change too much"
                        : this
                                + ": the autoencoder alone loses this much, whatever the edit: what is small or fine in the"
                                + " picture; a larger picture, or a part of it, keeps more");
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
