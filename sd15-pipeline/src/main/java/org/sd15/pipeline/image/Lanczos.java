package org.sd15.pipeline.image;

/**
 * Resizing one line of pixels as Pillow does with LANCZOS: a windowed sinc of three lobes, widened when the line shrinks so
 * that nothing aliases. Pixels beyond the border do not count.
 *
 * @see "Pillow, src/libImaging/Resample.c, precompute_coeffs"
 */
final class Lanczos {

    private static final double LOBES = 3;

    private final int[] first;
    private final double[][] weights;

    Lanczos(int from, int to) {
        this.first = new int[to];
        this.weights = new double[to][];
        double scale = (double) from / to;
        double stretch = Math.max(1, scale);
        double support = LOBES * stretch;
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            first[i] = Math.max(0, (int) (centre - support + 0.5));
            int end = Math.min(from, (int) (centre + support + 0.5));
            weights[i] = weights(first[i], end, centre, stretch);
        }
    }

    private static double[] weights(int first, int end, double centre, double stretch) {
        double[] weights = new double[end - first];
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
            weights[j] = filter((first + j - centre + 0.5) / stretch);
            sum += weights[j];
        }
        for (int j = 0; j < weights.length; j++) {
            weights[j] /= sum;
        }
        return weights;
    }

    private static double filter(double x) {
        return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    /** A new pixel of a line. */
    double at(int i, double[] values, int start, int stride) {
        double sum = 0;
        for (int j = 0; j < weights[i].length; j++) {
            sum += weights[i][j] * values[start + (first[i] + j) * stride];
        }
        return sum;
    }
}
