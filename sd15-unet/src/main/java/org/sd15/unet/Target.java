package org.sd15.unet;

import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ArrayCheck;

/**
 * What a UNet should have predicted, and what it costs that it did not: the mean over the pictures of each one's loss
 * times its weight.
 *
 * @param values {@code [batch, outChannels, height, width]}
 * @param weights one a picture
 * @param loss how far a prediction is from the values
 */
public record Target(INDArray values, double[] weights, Loss loss) {

    /**
     * Checks that there are values, and a weight for each picture.
     *
     * @throws IllegalArgumentException if not
     */
    public Target {
        ArrayCheck.requireShape("the target", values, -1, -1, -1, -1);
        Objects.requireNonNull(loss, "the loss is null");
        weights = weights.clone();
        if (weights.length != values.size(0)) {
            throw new IllegalArgumentException(
                    "%d weights for a target of %d pictures".formatted(weights.length, values.size(0)));
        }
        if (!Arrays.stream(weights).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException(
                    "weights of pictures must be finite numbers, found " + Arrays.toString(weights));
        }
    }

    /** The mean squared error against some values, {@code [batch, outChannels, height, width]}; all pictures count alike. */
    public static Target of(INDArray values) {
        ArrayCheck.require("the target", values);
        double[] ones = new double[Math.toIntExact(values.size(0))];
        Arrays.fill(ones, 1);
        return new Target(values, ones, Loss.SQUARED_ERROR);
    }

    /** The same with other weights. */
    public Target weighted(double... others) {
        return new Target(values, others, loss);
    }

    /** The same with another loss. */
    public Target by(Loss other) {
        return new Target(values, weights, other);
    }

    /** A copy of the weights. */
    @Override
    public double[] weights() {
        return weights.clone();
    }
}
