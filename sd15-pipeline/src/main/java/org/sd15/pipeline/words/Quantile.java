package org.sd15.pipeline.words;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Quantiles with linear interpolation between values, as {@code torch.quantile} has them. */
public final class Quantile {

    private Quantile() {}

    /**
     * A quantile.
     *
     * @param values in any order
     * @param share from 0, the smallest, to 1, the largest
     */
    public static double of(double[] values, double share) {
        if (values.length == 0 || !(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "quantile %s of %d values: a share from 0 to 1 of at least one value is needed"
                            .formatted(share, values.length));
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double rank = share * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
    }

    /**
     * A quantile as {@code torch.quantile} has it for a tensor in single precision: the share is rounded to it before it
     * is multiplied, so that a quantile that should be one of the values can be just above it.
     */
    static double inSinglePrecision(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double rank = (double) (float) share * (sorted.length - 1);
        int below = Math.min((int) rank, sorted.length - 1);
        float low = (float) sorted[below];
        float high = (float) sorted[Math.min(below + 1, sorted.length - 1)];
        float weight = (float) (rank - below);
        return weight < 0.5f ? low + weight * (high - low) : high - (high - low) * (1 - weight);
    }

    /** A quantile of absolute values. */
    public static double ofSizes(INDArray array, double share) {
        double[] sizes = array.dup('c').data().asDouble();
        Arrays.setAll(sizes, i -> Math.abs(sizes[i]));
        return of(sizes, share);
    }
}
