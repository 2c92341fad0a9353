package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The arithmetic of a group norm's derivative that concerns one number a channel: from the sums over pixels, the
 * coefficients of {@code dx = a dy + b x' + c} for each picture, and the gradients of weight and bias.
 */
record ChannelSums(ChannelTotals totals, double eps) {

    /** Vectors of channels that a picture has among the coefficients: the mean to be taken off x, then a, b, c. */
    static final int VECTORS = 4;

    private static final int MEAN = 0;
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;

    private int channels() {
        return totals.pieces().channels();
    }

    private int width() {
        return channels() / totals.groups();
    }

    /** Vectors of one picture, and the sums over all pictures until then. */
    private final class Vectors {
        private final float[] weight = new float[channels()];
        private final float[] s1 = new float[channels()];
        private final float[] s2 = new float[channels()];
        private final float[][] coefficients = new float[VECTORS][channels()];
        private final float[] dweight = new float[channels()];
        private final float[] dbias = new float[channels()];
    }

    /**
     * The next step's work, given the sums of the pieces, means and variances {@code [pictures, groups]}, the weight; it
     * writes the coefficients {@code [pictures, 4, channels]} and both gradients.
     */
    void all(List<FloatPointer> memories) {
        FloatBuffer partial = memories.get(0).asBuffer();
        FloatBuffer means = memories.get(1).asBuffer();
        FloatBuffer variances = memories.get(2).asBuffer();
        FloatBuffer coefficients = memories.get(4).asBuffer();
        Vectors vectors = new Vectors();
        memories.get(3).asBuffer().get(0, vectors.weight);
        for (int picture = 0; picture < totals.pieces().pictures(); picture++) {
            totals.ofPicture(partial, picture, 0, vectors.s1);
            totals.ofPicture(partial, picture, 1, vectors.s2);
            for (int group = 0; group < totals.groups(); group++) {
                int place = picture * totals.groups() + group;
                ofGroup(group, means.get(place), 1 / Math.sqrt(variances.get(place) + eps), vectors);
            }
            for (int i = 0; i < VECTORS; i++) {
                coefficients.put((picture * VECTORS + i) * channels(), vectors.coefficients[i]);
            }
        }
        memories.get(5).asBuffer().put(0, vectors.dweight);
        memories.get(6).asBuffer().put(0, vectors.dbias);
    }

    private void ofGroup(int group, float centre, double scale, Vectors v) {
        int end = (group + 1) * width();
        double mean = 0; // of weight dy
        double covariance = 0; // of weight dy and the normalised x
        for (int c = group * width(); c < end; c++) {
            mean += v.weight[c] * (double) v.s1[c];
            covariance += v.weight[c] * scale * v.s2[c];
        }
        double count = (double) width() * totals.pieces().pixels();
        Arrays.fill(v.coefficients[MEAN], group * width(), end, centre);
        for (int c = group * width(); c < end; c++) {
            v.coefficients[A][c] = (float) (scale * v.weight[c]);
            v.coefficients[B][c] = (float) (-scale * scale * (covariance / count));
            v.coefficients[C][c] = (float) (-scale * (mean / count));
            v.dweight[c] = (float) (v.dweight[c] + scale * v.s2[c]);
            v.dbias[c] += v.s1[c];
        }
    }

    /** The last step's work on pieces, given x, dy, the coefficients and dx. */
    final class OfPieces implements PixelPieces.Work {

        private final FloatBuffer x;
        private final FloatBuffer dy;
        private final FloatBuffer coefficients;
        private final FloatBuffer dx;
        private final float[] ofX = new float[totals.pieces().most() * channels()];
        private final float[] ofDy = new float[ofX.length];
        private final float[][] vectors = new float[VECTORS][channels()];
        private int picture = -1;

        OfPieces(List<FloatPointer> memories) {
            x = memories.get(0).asBuffer();
            dy = memories.get(1).asBuffer();
            coefficients = memories.get(2).asBuffer();
            dx = memories.get(3).asBuffer();
        }

        @Override
        public void on(int piece) {
            PixelPieces pieces = totals.pieces();
            if (pieces.picture(piece) != picture) {
                picture = pieces.picture(piece);
                for (int i = 0; i < VECTORS; i++) {
                    coefficients.get((picture * VECTORS + i) * channels(), vectors[i]);
                }
            }
            pieces.read(x, piece, ofX);
            pieces.read(dy, piece, ofDy);
            for (int i = 0; i < pieces.pixels(piece); i++) {
                ofPixel(i * channels(), vectors[MEAN], vectors[A], vectors[B], vectors[C]);
            }
            pieces.write(ofDy, piece, dx);
        }

        private void ofPixel(int from, float[] mean, float[] a, float[] b, float[] c) {
            for (int i = 0; i < mean.length; i++) {
                ofDy[from + i] = ofDy[from + i] * a[i] + ((ofX[from + i] - mean[i]) * b[i] + c[i]);
            }
        }
    }
}
