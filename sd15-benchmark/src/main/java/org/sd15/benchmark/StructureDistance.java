package org.sd15.benchmark;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;

/**
 * How much the structure of two pictures differs: the mean squared difference of their self-similarities, as in
 * PIE-Bench, but over features of our own. There they are keys of a DINO transformer; here the latents of the model's
 * autoencoder, each with its eight neighbours and without their mean over the picture. Numbers compare with each other,
 * not with published ones.
 */
public final class StructureDistance {

    private static final int REACH = 1;
    private static final double SMALL = 1e-8;

    private final StableDiffusion model;

    /** A measure by a model's autoencoder. */
    public StructureDistance(StableDiffusion model) {
        this.model = model;
    }

    /**
     * The distance.
     *
     * @param a values from 0 to 1, {@code [1, 3, H, W]}
     * @param b same shape
     */
    public double between(INDArray a, INDArray b) {
        double[][] first = features(latents(a));
        double[][] second = features(latents(b));
        double sum = 0;
        for (int i = 0; i < first.length; i++) {
            for (int j = 0; j < first.length; j++) {
                double difference = dot(first[i], first[j]) - dot(second[i], second[j]);
                sum += difference * difference;
            }
        }
        return sum / ((double) first.length * first.length);
    }

    private INDArray latents(INDArray picture) {
        return model.vae().encodePictures(picture).mode();
    }

    /** A unit vector for each place: its latents and those around it; places beyond the edge repeat it. */
    static double[][] features(INDArray latents) {
        int channels = Math.toIntExact(latents.size(1));
        int height = Math.toIntExact(latents.size(2));
        int width = Math.toIntExact(latents.size(3));
        double[] values = latents.sub(latents.mean(true, 2, 3)).dup('c').data().asDouble();
        int window = 2 * REACH + 1;
        double[][] features = new double[height * width][channels * window * window];
        for (int place = 0; place < features.length; place++) {
            for (int k = 0; k < features[place].length; k++) {
                int y = clamped(place / width + k / window % window - REACH, height);
                int x = clamped(place % width + k % window - REACH, width);
                features[place][k] = values[(k / (window * window) * height + y) * width + x];
            }
            double norm = Math.sqrt(dot(features[place], features[place])) + SMALL;
            for (int k = 0; k < features[place].length; k++) {
                features[place][k] /= norm;
            }
        }
        return features;
    }

    private static int clamped(int position, int size) {
        return Math.max(0, Math.min(size - 1, position));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
