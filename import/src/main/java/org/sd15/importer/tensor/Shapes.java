package org.sd15.importer.tensor;

import java.util.Arrays;

/** The one way in which shapes may differ and still be the same weights. */
public final class Shapes {

    private Shapes() {}

    /**
     * Whether two shapes differ at most in dimensions of one at the end: {@code [C, C]} of a linear layer and
     * {@code [C, C, 1, 1]} of a 1x1 convolution hold the same numbers in the same order.
     */
    public static boolean equalUpToTrailingOnes(long[] one, long[] other) {
        return Arrays.equals(withoutTrailingOnes(one), withoutTrailingOnes(other));
    }

    private static long[] withoutTrailingOnes(long[] shape) {
        int rank = shape.length;
        while (rank > 0 && shape[rank - 1] == 1) {
            rank--;
        }
        return Arrays.copyOf(shape, rank);
    }
}
