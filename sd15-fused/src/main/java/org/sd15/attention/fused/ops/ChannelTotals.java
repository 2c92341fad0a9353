package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * What a group norm's derivative sums over the pixels of a picture, for each channel: {@code dy}, and {@code x' dy} with
 * {@code x'} for x less the mean of its group.
 */
record ChannelTotals(PixelPieces pieces, int groups) {

    /** Adds the sums of the pieces, and returns where they are: {@code [pieces, 2, channels]}. */
    Slot add(ProgramBuilder program, Slot x, Slot dy, Slot mean) {
        Slot partial = program.temporary(Layouts.dense(pieces.count(), 2, pieces.channels()));
        pieces.share(program, OfPieces::new, x, dy, mean, partial);
        return partial;
    }

    private final class OfPieces implements PixelPieces.Work {

        private final FloatBuffer x;
        private final FloatBuffer dy;
        private final FloatBuffer means;
        private final FloatBuffer partial;
        private final float[] ofX = new float[pieces.most() * pieces.channels()];
        private final float[] ofDy = new float[ofX.length];
        private final float[] centres = new float[pieces.channels()];
        private final RunningSums plain = new RunningSums(pieces.channels());
        private final RunningSums products = new RunningSums(pieces.channels());

        OfPieces(List<FloatPointer> memories) {
            x = memories.get(0).asBuffer();
            dy = memories.get(1).asBuffer();
            means = memories.get(2).asBuffer();
            partial = memories.get(3).asBuffer();
        }

        @Override
        public void on(int piece) {
            pieces.read(x, piece, ofX);
            pieces.read(dy, piece, ofDy);
            int width = pieces.channels() / groups;
            for (int channel = 0; channel < centres.length; channel++) {
                centres[channel] = means.get(pieces.picture(piece) * groups + channel / width);
            }
            plain.begin();
            products.begin();
            for (int i = 0; i < pieces.pixels(piece); i++) {
                add(plain.open(), products.open(), i * centres.length);
                plain.next();
                products.next();
            }
            plain.end();
            products.end();
            for (int i = 0; i < centres.length; i++) {
                partial.put(2 * piece * centres.length + i, (float) plain.total(i));
                partial.put((2 * piece + 1) * centres.length + i, (float) products.total(i));
            }
        }

        private void add(float[] ofPlain, float[] ofProducts, int from) {
            for (int i = 0; i < centres.length; i++) {
                ofPlain[i] += ofDy[from + i];
                ofProducts[i] += (ofX[from + i] - centres[i]) * ofDy[from + i];
            }
        }
    }

    /**
     * From the sums of the pieces, those of a picture.
     *
     * @param partial what {@link #add} left
     * @param sum 0 for that of dy, 1 for that of {@code x' dy}
     * @param into one a channel
     */
    void ofPicture(FloatBuffer partial, int picture, int sum, float[] into) {
        double[] totals = new double[into.length];
        for (int i = 0; i < pieces.perPicture(); i++) {
            int piece = picture * pieces.perPicture() + i;
            partial.get((2 * piece + sum) * into.length, into);
            for (int channel = 0; channel < into.length; channel++) {
                totals[channel] += into[channel];
            }
        }
        for (int channel = 0; channel < into.length; channel++) {
            into[channel] = (float) totals[channel];
        }
    }
}
