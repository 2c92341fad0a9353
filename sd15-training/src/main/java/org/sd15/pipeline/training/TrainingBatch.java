package org.sd15.pipeline.training;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ArrayCheck;

/**
 * Pictures of one pass, with all that is random about it.
 *
 * @param latents scaled, {@code [batch, channels, h, w]}
 * @param noise what the model is to find, of the same shape
 * @param inputNoise what the latents are mixed with: the noise, or the noise perturbed
 * @param timesteps one a picture
 * @param texts what the pictures show
 * @param priors how many rows at the end show the class rather than the subject, for DreamBooth
 * @param priorWeight what the loss of those is multiplied by
 */
public record TrainingBatch(
        INDArray latents,
        INDArray noise,
        INDArray inputNoise,
        int[] timesteps,
        Texts texts,
        int priors,
        double priorWeight) {

    /** What the pictures of a batch show. */
    public sealed interface Texts {

        /**
         * Text states, made once.
         *
         * @param context {@code [batch, tokens, width]}
         */
        record States(INDArray context) implements Texts {}

        /**
         * Tokens, for a text encoder that learns.
         *
         * @param ids one row a picture, all of one length
         */
        record Ids(int[][] ids) implements Texts {}
    }

    /** Checks that everything is there for every picture. */
    public TrainingBatch {
        timesteps = timesteps.clone();
        ArrayCheck.requireShape("a batch's latents", latents, -1, -1, -1, -1);
        ArrayCheck.requireShape("a batch's noise", noise, latents.shape());
        ArrayCheck.requireShape("what a batch's latents are mixed with", inputNoise, latents.shape());
        if (timesteps.length != latents.size(0)) {
            throw new IllegalArgumentException("a batch of latents %s and %d time steps does not fit together"
                    .formatted(Arrays.toString(latents.shape()), timesteps.length));
        }
        if (priors < 0 || priors >= timesteps.length) {
            throw new IllegalArgumentException(
                    "a batch of %d pictures, %d of them of the class: one of the subject is needed"
                            .formatted(timesteps.length, priors));
        }
    }

    /** A batch without perturbation and without pictures of a class. */
    public static TrainingBatch of(INDArray latents, INDArray noise, int[] timesteps, Texts texts) {
        return new TrainingBatch(latents, noise, noise, timesteps, texts, 0, 1);
    }

    /** A copy of the timesteps, one a picture. */
    @Override
    public int[] timesteps() {
        return timesteps.clone();
    }

    /** The number of pictures. */
    public int size() {
        return timesteps.length;
    }

    /**
     * What the error of each row is multiplied by before the mean is taken over all: such that the loss is the mean over
     * the pictures of the subject plus {@code priorWeight} times the mean over those of the class.
     */
    double[] weights(Objective objective) {
        double[] weights = new double[size()];
        int subjects = size() - priors;
        for (int i = 0; i < size(); i++) {
            double share = i < subjects ? (double) size() / subjects : priorWeight * size() / priors;
            weights[i] = share * objective.weight(timesteps[i]);
        }
        return weights;
    }
}
