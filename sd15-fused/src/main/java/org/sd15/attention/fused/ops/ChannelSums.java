package org.sd15.attention.fused.ops;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/** The arithmetic of a group norm's derivative that concerns one number a channel, for one picture. */
record ChannelSums(long channels, long groups, long pixels, long picture, double eps) {

    private long width() {
        return channels / groups;
    }

    /** From the means of all pictures' groups: the mean of each channel's group. */
    void spreadMeans(List<FloatPointer> values) {
        for (long channel = 0; channel < channels; channel++) {
            values.get(1).put(channel, values.get(0).get(picture * groups + channel / width()));
        }
    }

    /**
     * From the variances, the weight, s1 and s2: the coefficients a, b, c of {@code dx = a dy + b x' + c}, and this
     * picture's part of the gradients of weight and bias, which is added to the last two.
     */
    void coefficients(List<FloatPointer> values) {
        FloatPointer weight = values.get(1);
        FloatPointer s1 = values.get(2);
        FloatPointer s2 = values.get(3);
        for (long group = 0; group < groups; group++) {
            double variance = values.get(0).get(picture * groups + group);
            double scale = 1 / Math.sqrt(variance + eps);
            double mean = 0; // of weight dy
            double covariance = 0; // of weight dy and the normalised x
            for (long c = group * width(); c < (group + 1) * width(); c++) {
                mean += weight.get(c) * (double) s1.get(c);
                covariance += weight.get(c) * scale * s2.get(c);
            }
            mean /= width() * pixels;
            covariance /= width() * pixels;
            for (long c = group * width(); c < (group + 1) * width(); c++) {
                values.get(4).put(c, (float) (scale * weight.get(c)));
                values.get(5).put(c, (float) (-scale * scale * covariance));
                values.get(6).put(c, (float) (-scale * mean));
                values.get(7).put(c, (float) (values.get(7).get(c) + scale * s2.get(c)));
                values.get(8).put(c, values.get(8).get(c) + s1.get(c));
            }
        }
    }
}
