package org.sd15.pipeline.edit.attend;

import java.util.List;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.words.Conformance;

/**
 * How much the most neglected subject of a prompt is neglected, and how that changes with the attention. With the
 * attention A of pixels to tokens, {@code softmax(100 A)} over the tokens is smoothed by a Gaussian of 3x3 pixels; a
 * subject is there if it owns a pixel of the result. The loss is {@code max(0, 1 - v)} for the largest value v of the
 * subject that has the smallest.
 *
 * <p>The softmax is over the prompt's own tokens, and the Gaussian has a deviation of half a pixel. The published code
 * keeps the end token and the padding but for the last token, and its Gaussian is wider than it says.
 *
 * @param grid the size of the maps
 * @param subjects tokens
 * @param tokens that take part; the start token draws most attention and says nothing
 * @param conformance which Gaussian
 * @see <a href="https://arxiv.org/abs/2301.13826">Chefer et al., Attend-and-Excite: Attention-Based Semantic Guidance,
 *     section 4</a>
 */
record ExciteLoss(Grid grid, List<Integer> subjects, List<Integer> tokens, Conformance conformance) {

    private static final double SHARPNESS = 100;
    private static final double DEVIATION = 0.5;

    /**
     * The value of the loss and its slope.
     *
     * @param loss from 0, no subject is neglected, to 1
     * @param slope with respect to the attention, {@code [tokens][pixels]}
     */
    record Value(double loss, double[][] slope) {}

    /** A pixel and how much of a token is there. */
    private record Peak(int token, int pixel, double value) {}

    /** At an attention, {@code [tokens][pixels]}; at least up to the last of {@link #tokens}. */
    Value at(double[][] attention) {
        double[][] shares = softmax(attention);
        Peak least = peak(shares, subjects.get(0));
        for (int subject : subjects) {
            Peak peak = peak(shares, subject);
            least = peak.value < least.value ? peak : least;
        }
        double loss = Math.max(0, 1 - least.value);
        double[][] slope = new double[attention.length][grid.cells()];
        if (loss > 0) {
            addSlope(shares, least, slope);
        }
        return new Value(loss, slope);
    }

    private double[][] softmax(double[][] attention) {
        double[][] shares = new double[attention.length][grid.cells()];
        for (int pixel = 0; pixel < grid.cells(); pixel++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int token : tokens) {
                largest = Math.max(largest, attention[token][pixel]);
            }
            double sum = 0;
            for (int token : tokens) {
                shares[token][pixel] = Math.exp(SHARPNESS * (attention[token][pixel] - largest));
                sum += shares[token][pixel];
            }
            for (int token : tokens) {
                shares[token][pixel] /= sum;
            }
        }
        return shares;
    }

    private Peak peak(double[][] shares, int token) {
        Peak best = new Peak(token, 0, Double.NEGATIVE_INFINITY);
        for (int pixel = 0; pixel < grid.cells(); pixel++) {
            double smoothed = smoothed(shares[token], pixel);
            best = smoothed > best.value ? new Peak(token, pixel, smoothed) : best;
        }
        return best;
    }

    /** Sums are divided, not the weights, so that a map of ones stays one to the last bit. */
    private double smoothed(double[] map, int pixel) {
        double[] sums = {0, 0};
        around(pixel, (neighbour, weight) -> {
            sums[0] += weight * map[neighbour];
            sums[1] += weight;
        });
        return sums[0] / sums[1];
    }

    /** Back through the Gaussian at one pixel and through the softmax of each of its neighbours. */
    private void addSlope(double[][] shares, Peak peak, double[][] slope) {
        double total = Math.pow(1 + 2 * sideWeight(), 2);
        around(peak.pixel, (pixel, weight) -> {
            double own = shares[peak.token][pixel];
            for (int token : tokens) {
                double same = token == peak.token ? 1 : 0;
                slope[token][pixel] -= weight / total * SHARPNESS * own * (same - shares[token][pixel]);
            }
        });
    }

    private interface Neighbours {
        void accept(int pixel, double weight);
    }

    /** The nine pixels around one with their weights, 1 in the middle; beyond the border the map is mirrored. */
    private void around(int pixel, Neighbours neighbours) {
        double side = sideWeight();
        int y = pixel / grid.width();
        int x = pixel % grid.width();
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                double weight = (dy == 0 ? 1 : side) * (dx == 0 ? 1 : side);
                int row = mirrored(y + dy, grid.height());
                neighbours.accept(row * grid.width() + mirrored(x + dx, grid.width()), weight);
            }
        }
    }

    /** The weight of the pixel beside the middle one, whose weight is 1. */
    private double sideWeight() {
        return conformance == Conformance.REFERENCE
                ? Math.exp(-1 / (4 * DEVIATION * DEVIATION)) // (x / (2 sigma))^2 there, x^2 / (2 sigma^2) is meant
                : Math.exp(-1 / (2 * DEVIATION * DEVIATION));
    }

    private static int mirrored(int place, int size) {
        if (size == 1) {
            return 0;
        }
        return place < 0 ? -place : place >= size ? 2 * size - 2 - place : place;
    }
}
