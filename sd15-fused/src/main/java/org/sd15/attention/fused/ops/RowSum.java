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

    /** Sums that are added up together: they stay in the first cache of a core. */
    private static final int STRETCH = 1024;

    /** Adds the steps. */
    void add(ProgramBuilder program, Slot rows, Slot sum) {
        Slot partial = program.temporary(Layouts.dense(pieces.count(), pieces.channels()));
        addPartial(program, rows, partial);
        program.compute(values -> total(values.get(0), pieces.count(), values.get(1)), partial, sum);
    }

    /** Adds the sums of the pieces alone, {@code [pieces, channels]}. */
    void addPartial(ProgramBuilder program, Slot rows, Slot partial) {
        pieces.share(program, OfPieces::new, rows, partial);
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
        total(partial.asBuffer(), count, sum.asBuffer());
    }

    /** The same of buffers. */
    static void total(FloatBuffer partial, int count, FloatBuffer sum) {
        int channels = partial.capacity() / count;
        float[] values = new float[Math.min(STRETCH, channels)];
        double[] totals = new double[values.length];
        for (int from = 0; from < channels; from += values.length) {
            int n = Math.min(values.length, channels - from);
            Arrays.fill(totals, 0);
            for (int part = 0; part < count; part++) {
                partial.get(part * channels + from, values, 0, n);
                accumulate(values, totals, n);
            }
            for (int i = 0; i < n; i++) {
                values[i] = (float) totals[i];
            }
            sum.put(from, values, 0, n);
        }
    }

    private static void accumulate(float[] values, double[] totals, int n) {
        for (int i = 0; i < n; i++) {
            totals[i] += values[i];
        }
    }
}
