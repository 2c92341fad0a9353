package org.sd15.pipeline.training.data;

/**
 * Scales with a triangle filter that is as wide as the pixels of the coarser grid: what Pillow and torchvision call
 * bilinear with antialiasing. Sides that stay as they are come out unchanged.
 */
final class Resampling {

    private Resampling() {}

    /** Scales the columns of {@code [rows, from]} to {@code [rows, to]}. */
    static float[] columns(float[] values, int rows, int from, int to) {
        Filter[] filters = filters(from, to);
        float[] scaled = new float[rows * to];
        for (int row = 0; row < rows; row++) {
            for (int x = 0; x < to; x++) {
                Filter filter = filters[x];
                double sum = 0;
                for (int k = 0; k < filter.weights.length; k++) {
                    sum += filter.weights[k] * values[row * from + filter.first + k];
                }
                scaled[row * to + x] = (float) sum;
            }
        }
        return scaled;
    }

    /** Scales the rows of {@code [channels, from, width]} to {@code [channels, to, width]}. */
    static float[] rows(float[] values, int channels, int from, int width, int to) {
        Filter[] filters = filters(from, to);
        float[] scaled = new float[channels * to * width];
        for (int i = 0; i < scaled.length; i++) {
            Filter filter = filters[i / width % to];
            int start = (i / (width * to) * from + filter.first) * width + i % width;
            double sum = 0;
            for (int k = 0; k < filter.weights.length; k++) {
                sum += filter.weights[k] * values[start + k * width];
            }
            scaled[i] = (float) sum;
        }
        return scaled;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Filter(int first, double[] weights) {}

    private static Filter[] filters(int from, int to) {
        double scale = (double) from / to;
        double reach = Math.max(1, scale);
        Filter[] filters = new Filter[to];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int first = Math.max(0, (int) (centre - reach + 0.5));
            int end = Math.min(from, (int) (centre + reach + 0.5));
            double[] weights = new double[end - first];
            double sum = 0;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = Math.max(0, 1 - Math.abs((first + k + 0.5 - centre) / reach));
                sum += weights[k];
            }
            for (int k = 0; k < weights.length; k++) {
                weights[k] /= sum;
            }
            filters[i] = new Filter(first, weights);
        }
        return filters;
    }
}
