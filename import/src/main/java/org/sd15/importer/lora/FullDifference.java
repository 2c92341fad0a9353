package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A difference of weights or biases as it is: {@code W + scale * difference}.
 *
 * @param difference of the shape of the weight; 1x1 kernels may leave out their last dimensions
 */
public record FullDifference(INDArray difference) implements WeightDelta {

    @Override
    public INDArray delta(long... shape) {
        if (Arrays.stream(shape).reduce(1, Math::multiplyExact) != difference.length()) {
            throw new IllegalArgumentException("full difference: %s does not fit a weight of %s"
                    .formatted(Arrays.toString(difference.shape()), Arrays.toString(shape)));
        }
        return difference.castTo(DataType.FLOAT).dup('c').reshape('c', shape);
    }

    @Override
    public long parameters() {
        return difference.length();
    }

    @Override
    public String method() {
        return "full difference";
    }
}
