package org.sd15.pipeline.heatmap;

import org.sd15.pipeline.denoise.Grid;

/**
 * Bicubic resizing as {@code torch.nn.functional.interpolate(x, size, mode="bicubic", align_corners=False)}: cubic
 * convolution with a = -0.75, pixels beyond the border repeat it, nothing is filtered when the picture shrinks.
 *
 * <p>R. Keys, "Cubic convolution interpolation for digital image processing", 1981; PyTorch, UpSample.h.
 */
final class Bicubic {

    private static final double A = -0.75;
    private static final int TAPS = 4;

    private final Grid from;
    private final Grid to;
    private final Axis vertical;
    private final Axis horizontal;

    Bicubic(Grid from, Grid to) {
        this.from = from;
        this.to = to;
        this.vertical = new Axis(from.height(), to.height());
        this.horizontal = new Axis(from.width(), to.width());
    }

    /** Resizes one channel, row by row. */
    double[] resize(double[] values) {
        double[] wide = new double[from.height() * to.width()];
        for (int y = 0; y < from.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                wide[y * to.width() + x] = horizontal.at(x, values, y * from.width(), 1);
            }
        }
        double[] resized = new double[to.cells()];
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                resized[y * to.width() + x] = vertical.at(y, wide, x, to.width());
            }
        }
        return resized;
    }

    /** The four pixels of a line that each new pixel is made of, and their weights. */
    private static final class Axis {

        private final int[] pixels;
        private final double[] weights;

        Axis(int from, int to) {
            pixels = new int[to * TAPS];
            weights = new double[to * TAPS];
            for (int i = 0; i < to; i++) {
                double position = (i + 0.5) * from / to - 0.5;
                int left = (int) Math.floor(position) - 1;
                for (int tap = 0; tap < TAPS; tap++) {
                    pixels[i * TAPS + tap] = Math.max(0, Math.min(from - 1, left + tap));
                    weights[i * TAPS + tap] = weight(Math.abs(position - (left + tap)));
                }
            }
        }

        double at(int i, double[] values, int start, int stride) {
            double sum = 0;
            for (int tap = i * TAPS; tap < (i + 1) * TAPS; tap++) {
                sum += weights[tap] * values[start + pixels[tap] * stride];
            }
            return sum;
        }

        private static double weight(double distance) {
            return distance <= 1
                    ? ((A + 2) * distance - (A + 3)) * distance * distance + 1
                    : ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A;
        }
    }
}
