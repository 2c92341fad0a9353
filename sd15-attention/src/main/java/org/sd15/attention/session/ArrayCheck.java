package org.sd15.attention.session;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes sure that arrays from outside can be computed with, before ND4J sees them: it broadcasts what has another shape,
 * converts what is no floating-point number, and reads memory that was given back.
 */
public final class ArrayCheck {

    private ArrayCheck() {}

    /**
     * Makes sure that an array is there, was not closed, has elements and holds floating-point numbers.
     *
     * @param what it is, as the subject of a sentence
     * @return the array
     * @throws NullPointerException if there is none
     * @throws IllegalArgumentException if one of the others does not hold
     */
    public static INDArray require(String what, @Nullable INDArray array) {
        Objects.requireNonNull(array, () -> what + " is null");
        check(!array.wasClosed(), "%s was closed: its memory is given back", what);
        check(!array.isEmpty(), "%s has shape %s: no side may be 0", what, Arrays.toString(array.shape()));
        check(
                array.dataType().isFPType(),
                "%s is of type %s, must hold floating-point numbers: castTo(DataType.FLOAT)",
                what,
                array.dataType());
        return array;
    }

    /**
     * As {@link #require}, and that it has a shape.
     *
     * @param shape its sides; -1 stands for any
     * @return the array
     * @throws IllegalArgumentException if it has another; nothing is broadcast
     */
    public static INDArray requireShape(String what, @Nullable INDArray array, long... shape) {
        INDArray found = require(what, array);
        long[] sides = found.shape();
        boolean fits = sides.length == shape.length;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = shape[i] == -1 || shape[i] == sides[i];
        }
        check(fits, "%s has shape %s, must be %s", what, Arrays.toString(sides), Arrays.toString(shape));
        return found;
    }

    /**
     * Makes sure that a model can compute in a type: float16 and bfloat16 are for files.
     *
     * @return the type
     * @throws IllegalArgumentException if it can't
     */
    public static DataType requireComputable(DataType type) {
        check(
                type == DataType.FLOAT || type == DataType.DOUBLE,
                "nothing computes in %s: FLOAT, or DOUBLE for checks; weights of other types are converted when they are fetched",
                type);
        return type;
    }

    private static void check(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException(message.formatted(arguments));
        }
    }
}
