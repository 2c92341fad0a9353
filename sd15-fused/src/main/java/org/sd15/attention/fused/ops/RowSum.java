package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
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
        private final RunningSums sums = new RunningSums(pieces.channels());

        OfPieces(List<FloatPointer> memories) {
            rows = memories.get(0).asBuffer();
            partial = memories.get(1).asBuffer();
        }

        @Override
        public void on(int piece) {
            pieces.read(rows, piece, values);
            sums.begin();
            for (int i = 0; i < pieces.pixels(piece); i++) {
                add(sums.open(), i * pieces.channels());
                sums.next();
            }
            sums.end();
            for (int i = 0; i < pieces.channels(); i++) {
                partial.put(piece * pieces.channels() + i, (float) sums.total(i));
            }
        }

        private void add(float[] open, int from) {
            for (int i = 0; i < open.length; i++) {
                open[i] += values[from + i];
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
