package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.FloatPointer;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * How the pixels of pictures are cut for sums over them: a piece fits into the cache of a core and is summed in one
 * thread, and the sums of the pieces are added up in their order. How many threads there are has no part in it, so a sum
 * has the same bits on any number of them.
 *
 * @param pictures how many there are
 * @param pixels of a picture
 * @param channels of a pixel
 */
record PixelPieces(int pictures, int pixels, int channels) {

    /** Numbers in a piece: 64 KiB. */
    private static final int FLOATS = 1 << 14;

    /** With fewer numbers than this one thread is done before others have begun. */
    private static final int LEAST_FLOATS = 1 << 16;

    /** Work on pieces, in one thread. */
    @FunctionalInterface
    interface Work {

        /**
         * Works on one.
         *
         * @param piece its number, among those of all pictures
         */
        void on(int piece);
    }

    /** Those of a map that is written as rows of channels. */
    static PixelPieces of(long rows, long pixels, long channels) {
        return new PixelPieces(Math.toIntExact(rows / pixels), Math.toIntExact(pixels), Math.toIntExact(channels));
    }

    /** Pixels of a piece; the last one of a picture may have fewer. */
    int most() {
        return Math.min(pixels, Math.max(1, FLOATS / channels));
    }

    int perPicture() {
        return (pixels + most() - 1) / most();
    }

    int count() {
        return pictures * perPicture();
    }

    int picture(int piece) {
        return piece / perPicture();
    }

    /** Pixels of one piece. */
    int pixels(int piece) {
        return Math.min(most(), pixels - first(piece));
    }

    private int first(int piece) {
        return piece % perPicture() * most();
    }

    /** The number of the first pixel of a piece, among those of all pictures. */
    int firstPixel(int piece) {
        return picture(piece) * pixels + first(piece);
    }

    /** Fetches the values of a piece. */
    void read(FloatBuffer map, int piece, float[] into) {
        map.get(start(piece), into, 0, pixels(piece) * channels);
    }

    /** Puts the values of a piece into a map. */
    void write(float[] from, int piece, FloatBuffer map) {
        map.put(start(piece), from, 0, pixels(piece) * channels);
    }

    private int start(int piece) {
        return Math.multiplyExact(firstPixel(piece), channels);
    }

    /**
     * The next step of a program: work on all pieces.
     *
     * @param work made once for each thread, of the values of the memories
     */
    void share(ProgramBuilder program, Function<List<FloatPointer>, Work> work, Slot... memories) {
        long floats = (long) count() * most() * channels;
        int lanes = floats < LEAST_FLOATS ? 1 : Math.min(ProgramBuilder.lanes(), count());
        program.sideBySide(
                lanes,
                (lane, index) -> lane.compute(
                        values -> {
                            Work own = work.apply(values);
                            int end = count() * (index + 1) / lanes;
                            for (int piece = count() * index / lanes; piece < end; piece++) {
                                own.on(piece);
                            }
                        },
                        memories));
    }
}
