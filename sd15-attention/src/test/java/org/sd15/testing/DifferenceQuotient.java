package org.sd15.testing;

import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The derivative of a scalar as a central difference, to hold gradients against; for float64. */
public final class DifferenceQuotient {

    private static final double STEP = 1e-5;

    private DifferenceQuotient() {}

    /**
     * The derivative with respect to one element of an array.
     *
     * @param array what the function reads, in C order; as it was, afterwards
     * @param place of the element, row by row
     * @param function a scalar
     */
    public static double of(INDArray array, long place, Supplier<INDArray> function) {
        INDArray flat = array.reshape(array.length()); // a view
        double centre = flat.getDouble(place);
        flat.putScalar(place, centre + STEP);
        double above = function.get().getDouble(0);
        flat.putScalar(place, centre - STEP);
        double below = function.get().getDouble(0);
        flat.putScalar(place, centre);
        return (above - below) / (2 * STEP);
    }
}
