package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What all additions check. */
final class Deltas {

    private Deltas() {}

    /** @throws IllegalArgumentException if a strength is no number */
    static void requireFinite(double alpha) {
        if (!Double.isFinite(alpha)) {
            throw new IllegalArgumentException("LoRA: alpha is %s, must be a number".formatted(alpha));
        }
    }

    /**
     * A matrix in the shape of a weight.
     *
     * @param matrix {@code [out, in * height * width]}
     * @throws IllegalArgumentException if the weight is of another size
     */
    static INDArray shaped(INDArray matrix, WeightDelta delta, long... shape) {
        long columns = Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact);
        if (shape.length == 0 || shape[0] != matrix.size(0) || columns != matrix.size(1)) {
            throw new IllegalArgumentException("%s: %s does not fit a weight of %s"
                    .formatted(delta.method(), Arrays.toString(matrix.shape()), Arrays.toString(shape)));
        }
        return matrix.reshape('c', shape);
    }
}
