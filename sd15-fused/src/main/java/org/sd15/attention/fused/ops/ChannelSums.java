package org.sd15.attention.fused.ops;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/** The arithmetic of a group norm's derivative that concerns one number a channel, for one picture. */
record ChannelSums(long channels, long groups, long pixels, long picture, double eps) {

    /** The last memory of {@link #coefficients} that is only read: s2. */
    private static final int LAST_READ = 3;

    /** The first that is added to: the gradient of the weight. */
    private static final int FIRST_SUM = 7;

    private int width() {
        return Math.toIntExact(channels / groups);
    }

    /** From the means of all pictures' groups: the mean of each channel's group. */
    void spreadMeans(List<FloatPointer> values) {
        float[] means = ofThisPicture(values.get(0));
        float[] spread = new float[Math.toIntExact(channels)];
        for (int channel = 0; channel < spread.length; channel++) {
            spread[channel] = means[channel / width()];
        }
        values.get(1).put(spread, 0, spread.length);
    }

    /**
     * From the variances, the weight, s1 and s2: the coefficients a, b, c of {@code dx = a dy + b x' + c}, and this
     * picture's part of the gradients of weight and bias, which is added to the last two. Values are fetched and written a
     * vector at a time: each call of a pointer is one into native code.
     */
    void coefficients(List<FloatPointer> values) {
        float[] variances = ofThisPicture(values.get(0));
        float[][] vectors = new float[values.size()][]; // by the number of the memory; variances are none
        for (int i = 1; i < vectors.length; i++) {
            vectors[i] = new float[Math.toIntExact(channels)];
            if (i <= LAST_READ || i >= FIRST_SUM) {
                values.get(i).get(vectors[i], 0, vectors[i].length);
            }
        }
        for (int group = 0; group < groups; group++) {
            ofGroup(group, 1 / Math.sqrt(variances[group] + eps), vectors);
        }
        for (int i = LAST_READ + 1; i < vectors.length; i++) {
            values.get(i).put(vectors[i], 0, vectors[i].length);
        }
    }

    private void ofGroup(int group, double scale, float[][] vectors) {
        float[] weight = vectors[1];
        float[] s1 = vectors[2];
        float[] s2 = vectors[LAST_READ];
        int end = (group + 1) * width();
        double mean = 0; // of weight dy
        double covariance = 0; // of weight dy and the normalised x
        for (int c = group * width(); c < end; c++) {
            mean += weight[c] * (double) s1[c];
            covariance += weight[c] * scale * s2[c];
        }
        mean /= width() * pixels;
        covariance /= width() * pixels;
        for (int c = group * width(); c < end; c++) {
            vectors[4][c] = (float) (scale * weight[c]);
            vectors[5][c] = (float) (-scale * scale * covariance);
            vectors[6][c] = (float) (-scale * mean);
            vectors[FIRST_SUM][c] = (float) (vectors[FIRST_SUM][c] + scale * s2[c]);
            vectors[FIRST_SUM + 1][c] = vectors[FIRST_SUM + 1][c] + s1[c];
        }
    }

    private float[] ofThisPicture(FloatPointer all) {
        float[] one = new float[Math.toIntExact(groups)];
        all.position(picture * groups).get(one, 0, one.length);
        return one;
    }
}
