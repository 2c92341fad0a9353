package org.sd15.pipeline.image;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How much two pictures differ. Values are from 0 to 1, the range is 1, all sums are in double precision.
 *
 * <p>To compare the pixels outside of a mask, both pictures are set to zero inside of it and compared as a whole, as PIE-Bench
 * does: see {@link #outside}.
 *
 * @see <a href="https://arxiv.org/abs/2310.01506">Ju et al., Direct Inversion, section 5 (PIE-Bench)</a>
 */
public final class PictureMetrics {

    private static final int WINDOW = 11;
    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;
    private static final double[] KERNEL = kernel();

    private PictureMetrics() {}

    /** Mean squared error of two arrays of one shape. */
    public static double mse(INDArray a, INDArray b) {
        double[] x = values(a);
        double[] y = values(b);
        requireSame(a, b);
        return IntStream.range(0, x.length)
                .mapToDouble(i -> (x[i] - y[i]) * (x[i] - y[i]))
                .average()
                .orElse(0);
    }

    /** Peak signal-to-noise ratio in dB; infinite for equal pictures. */
    public static double psnr(INDArray a, INDArray b) {
        return -10 * Math.log10(mse(a, b));
    }

    /**
     * Structural similarity with a Gaussian window of 11x11 and a deviation of 1.5, mean over the pixels whose window lies
     * inside the picture and over the channels.
     *
     * @param a {@code [1, channels, height, width]}, sides of at least 11
     * @param b same shape
     * @see <a href="https://doi.org/10.1109/TIP.2003.819861">Wang et al., Image quality assessment: from error visibility to
     *     structural similarity</a>
     */
    public static double ssim(INDArray a, INDArray b) {
        requireSame(a, b);
        int channels = Math.toIntExact(a.size(1));
        int width = Math.toIntExact(a.size(3));
        if (a.size(2) < WINDOW || width < WINDOW) {
            throw new IllegalArgumentException(
                    "pictures %s: sides must be at least %d".formatted(Arrays.toString(a.shape()), WINDOW));
        }
        double[] x = values(a);
        double[] y = values(b);
        int pixels = x.length / channels;
        return IntStream.range(0, channels)
                .mapToDouble(c -> ssim(
                        Arrays.copyOfRange(x, c * pixels, (c + 1) * pixels),
                        Arrays.copyOfRange(y, c * pixels, (c + 1) * pixels),
                        width))
                .average()
                .orElse(1);
    }

    private static double ssim(double[] x, double[] y, int width) {
        double[] meanX = blur(x, width);
        double[] meanY = blur(y, width);
        double[] squareX = blur(product(x, x), width);
        double[] squareY = blur(product(y, y), width);
        double[] both = blur(product(x, y), width);
        return IntStream.range(0, both.length)
                .mapToDouble(i -> {
                    double means = meanX[i] * meanY[i];
                    double squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
                    double variances = squareX[i] + squareY[i] - squares;
                    return (2 * means + C1) * (2 * (both[i] - means) + C2) / ((squares + C1) * (variances + C2));
                })
                .average()
                .orElse(1);
    }

    /**
     * A picture with zeros where a mask is not zero.
     *
     * @param picture {@code [1, channels, height, width]}
     * @param mask shares from 0 to 1, {@code height * width} values, row by row
     */
    public static INDArray outside(INDArray picture, float[] mask) {
        INDArray kept = picture.dup('c');
        long pixels = picture.size(2) * picture.size(3);
        if (pixels != mask.length) {
            throw new IllegalArgumentException(
                    "a mask of %d values for a picture %s".formatted(mask.length, Arrays.toString(picture.shape())));
        }
        for (long i = 0; i < kept.length(); i++) {
            if (mask[(int) (i % pixels)] > 0) {
                kept.data().put(i, 0.0);
            }
        }
        return kept;
    }

    private static double[] product(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).toArray();
    }

    /** The weighted mean of each window that is inside: rows, then columns. */
    private static double[] blur(double[] x, int width) {
        int height = x.length / width;
        int columns = width - WINDOW + 1;
        double[] rows = new double[height * columns];
        Arrays.setAll(rows, i -> weighted(x, i / columns * width + i % columns, 1));
        double[] both = new double[(height - WINDOW + 1) * columns];
        Arrays.setAll(both, i -> weighted(rows, i, columns));
        return both;
    }

    private static double weighted(double[] x, int start, int stride) {
        double sum = 0;
        for (int k = 0; k < WINDOW; k++) {
            sum += KERNEL[k] * x[start + k * stride];
        }
        return sum;
    }

    private static double[] kernel() {
        double[] weights = new double[WINDOW];
        Arrays.setAll(weights, k -> Math.exp(-Math.pow(k - WINDOW / 2, 2) / (2 * SIGMA * SIGMA)));
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    private static void requireSame(INDArray a, INDArray b) {
        if (!a.equalShapes(b)) {
            throw new IllegalArgumentException("pictures of different shapes: %s and %s"
                    .formatted(Arrays.toString(a.shape()), Arrays.toString(b.shape())));
        }
    }

    private static double[] values(INDArray array) {
        return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }
}
