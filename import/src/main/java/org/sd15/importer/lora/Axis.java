package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Which channels of a weight {@code [out, in, height, width]} have a number each. */
public enum Axis {
    OUTPUT(0),
    INPUT(1);

    private final int dimension;

    Axis(int dimension) {
        this.dimension = dimension;
    }

    /** The number of channels. */
    long channels(long... shape) {
        return dimension < shape.length ? shape[dimension] : 1;
    }

    /** The Euclidean norm of each channel of a weight in C order, summed in double. */
    double[] norms(INDArray weight) {
        double[] squares = new double[Math.toIntExact(channels(weight.shape()))];
        DataBuffer values = weight.data();
        long inner = innerLength(weight.shape());
        for (long i = 0; i < weight.length(); i++) {
            double value = values.getDouble(i);
            squares[(int) (i / inner % squares.length)] += value * value;
        }
        return Arrays.stream(squares).map(Math::sqrt).toArray();
    }

    /** Multiplies each channel of a weight in C order, in place. */
    void scale(INDArray weight, double... factors) {
        long inner = innerLength(weight.shape());
        INDArray channels = weight.reshape('c', weight.length() / inner / factors.length, factors.length, inner);
        channels.muli(Nd4j.createFromArray(factors).castTo(weight.dataType()).reshape('c', 1, factors.length, 1));
    }

    /** How many elements of a channel are contiguous. */
    private long innerLength(long... shape) {
        return Arrays.stream(shape).skip(dimension + 1L).reduce(1, Math::multiplyExact);
    }
}
