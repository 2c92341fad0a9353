package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/** The sum of all rows of channels, in the order of their pieces: the gradient of a bias. */
record RowSum(PixelPieces pieces) {

    /** Adds the steps. */
    void add(ProgramBuilder program, Slot rows, Slot sum) {
        Slot partial = program.temporary(Layouts.dense(pieces.count(), pieces.channels()));
        pieces.share(program, OfPieces::new, rows, partial);
        program.compute(values -> total(values.get(0), pieces.count(), values.get(1)), partial, sum);
    }

    private final class OfPieces implements PixelPieces.Work {

        private final FloatBuffer rows;
        private final FloatBuffer partial;
        private final float[] values = new float[pieces.most() * pieces.channels()];
        private final float[] sums = new float[pieces.channels()];
        private final double[] totals = new double[pieces.channels()];

        OfPieces(List<FloatPointer> memories) {
            rows = memories.get(0).asBuffer();
            partial = memories.get(1).asBuffer();
        }

        @Override
        public void on(int piece) {
            pieces.read(rows, piece, values);
            Arrays.fill(totals, 0);
            for (int i = 0; i < pieces.pixels(piece); i++) {
                add(i * sums.length);
                PixelPieces.carry(i, pieces.pixels(piece), sums, totals);
            }
            for (int i = 0; i < totals.length; i++) {
                partial.put(piece * totals.length + i, (float) totals[i]);
            }
        }

        private void add(int from) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += values[from + i];
            }
        }
    }

    /**
     * Adds partial sums up in their order.
     *
     * @param partial {@code [count, channels]}
     * @param sum {@code [channels]}
     */
    static void total(FloatPointer partial, int count, FloatPointer sum) {
        FloatBuffer parts = partial.asBuffer();
        int channels = parts.capacity() / count;
        for (int channel = 0; channel < channels; channel++) {
            double total = 0;
            for (int part = 0; part < count; part++) {
                total += parts.get(part * channels + channel);
            }
            sum.put(channel, (float) total);
        }
    }
}
