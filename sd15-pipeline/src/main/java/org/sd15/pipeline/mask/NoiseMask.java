package org.sd15.pipeline.mask;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.Plane;

/** M2: where a difference of predictions is largest, over all channels together. */
public final class NoiseMask {

    private NoiseMask() {}

    /**
     * The mask of one picture.
     *
     * @param difference {@code [channels, h, w]}
     * @param threshold the quantile
     * @param conformance how it is rounded
     * @return 1 or 0, row by row
     */
    public static double[] of(INDArray difference, double threshold, Conformance conformance) {
        int height = Math.toIntExact(difference.size(1));
        int width = Math.toIntExact(difference.size(2));
        double[] values = difference.dup('c').data().asDouble();
        double[] sum = new double[height * width];
        for (int i = 0; i < values.length; i++) {
            sum[i % sum.length] += Math.abs(values[i]);
        }
        return new Plane(sum, new Grid(height, width))
                .fromQuantile(threshold, conformance)
                .values();
    }
}
