package org.sd15.attention.fused.ops;

/** Arithmetic of shapes. */
final class Shapes {

    private Shapes() {}

    /** The last dimension: channels. */
    static long last(long[] shape) {
        return shape[shape.length - 1];
    }

    /** The product of all dimensions but the last. */
    static long rows(long[] shape) {
        long rows = 1;
        for (int i = 0; i < shape.length - 1; i++) {
            rows *= shape[i];
        }
        return rows;
    }

    /** The product of all dimensions. */
    static long length(long[] shape) {
        return rows(shape) * last(shape);
    }

    /** The shape with another last dimension. */
    static long[] wide(long[] shape, long channels) {
        long[] other = shape.clone();
        other[other.length - 1] = channels;
        return other;
    }

    /** A map of some pixels, written with 2, 3 or 4 dimensions. */
    static long[] map(long rank, long batch, long height, long width, long channels) {
        if (rank == 2) {
            return new long[] {batch * height * width, channels};
        }
        return rank == 3 ? new long[] {batch, height * width, channels} : new long[] {batch, height, width, channels};
    }
}
