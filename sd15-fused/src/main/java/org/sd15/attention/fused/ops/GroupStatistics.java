package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * Mean and variance of the groups of each picture, {@code [pictures, groups]}. oneDNN's own group norm sums in an order
 * that depends on the number of threads; it is given these instead.
 *
 * @see <a href="https://doi.org/10.1007/978-3-642-51461-6_3">Chan, Golub and LeVeque, Updating Formulae and a Pairwise
 *     Algorithm for Computing Sample Variances</a>
 */
record GroupStatistics(PixelPieces pieces, int groups) {

    private int width() {
        return pieces.channels() / groups;
    }

    /** Adds the steps. */
    void add(ProgramBuilder program, Slot x, Slot mean, Slot variance) {
        Slot partial = program.temporary(Layouts.dense(pieces.count(), groups, 2));
        pieces.share(program, OfPieces::new, x, partial);
        program.compute(this::combine, partial, mean, variance);
    }

    /** Mean, and sum of squared distances from it, of each group of a piece. */
    private final class OfPieces implements PixelPieces.Work {

        private final FloatBuffer x;
        private final FloatBuffer partial;
        private final float[] values = new float[pieces.most() * pieces.channels()];
        private final float[] centres = new float[pieces.channels()];
        private final RunningSums sums = new RunningSums(pieces.channels());

        OfPieces(List<FloatPointer> memories) {
            x = memories.get(0).asBuffer();
            partial = memories.get(1).asBuffer();
        }

        @Override
        public void on(int piece) {
            pieces.read(x, piece, values);
            int pixels = pieces.pixels(piece);
            sums.begin();
            for (int i = 0; i < pixels; i++) {
                add(sums.open(), values, i * centres.length);
                sums.next();
            }
            sums.end();
            for (int group = 0; group < groups; group++) {
                float mean = (float) (total(group) / ((double) pixels * width()));
                Arrays.fill(centres, group * width(), (group + 1) * width(), mean);
                partial.put((piece * groups + group) * 2, mean);
            }
            sums.begin();
            for (int i = 0; i < pixels; i++) {
                addSquares(sums.open(), values, i * centres.length, centres);
                sums.next();
            }
            sums.end();
            for (int group = 0; group < groups; group++) {
                partial.put((piece * groups + group) * 2 + 1, (float) total(group));
            }
        }

        private double total(int group) {
            double total = 0;
            for (int channel = group * width(); channel < (group + 1) * width(); channel++) {
                total += sums.total(channel);
            }
            return total;
        }
    }

    private static void add(float[] sums, float[] values, int from) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += values[from + i];
        }
    }

    private static void addSquares(float[] sums, float[] values, int from, float[] centres) {
        for (int i = 0; i < sums.length; i++) {
            float distance = values[from + i] - centres[i];
            sums[i] += distance * distance;
        }
    }

    private void combine(List<FloatPointer> memories) {
        FloatBuffer partial = memories.get(0).asBuffer();
        FloatBuffer means = memories.get(1).asBuffer();
        FloatBuffer variances = memories.get(2).asBuffer();
        for (int picture = 0; picture < pieces.pictures(); picture++) {
            for (int group = 0; group < groups; group++) {
                double count = 0;
                double mean = 0;
                double squares = 0;
                for (int i = 0; i < pieces.perPicture(); i++) {
                    int piece = picture * pieces.perPicture() + i;
                    double more = (double) pieces.pixels(piece) * width();
                    double distance = partial.get((piece * groups + group) * 2) - mean;
                    squares += partial.get((piece * groups + group) * 2 + 1)
                            + distance * distance * count * more / (count + more);
                    count += more;
                    mean += distance * more / count;
                }
                means.put(picture * groups + group, (float) mean);
                variances.put(picture * groups + group, (float) (squares / count));
            }
        }
    }
}
