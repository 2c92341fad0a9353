package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a LoRA adds to one module: {@code alpha / rank * up * down}, as in E. Hu et al., "LoRA: Low-Rank Adaptation of
 * Large Language Models", 2021, section 4.1, where {@code down} is A and {@code up} is B.
 *
 * @param down {@code [rank, in]}; for a convolution {@code [rank, in, height, width]}
 * @param up {@code [out, rank]}; for a convolution {@code [out, rank, 1, 1]}
 * @param alpha the strength, counted in ranks: a LoRA with {@code alpha} equal to the rank is added as it is
 */
public record LoraLayer(INDArray down, INDArray up, double alpha) implements WeightDelta {

    /** Checks that the two halves belong together. */
    public LoraLayer {
        if (down.rank() < 2 || up.rank() < 2 || down.size(0) != up.size(1) || up.length() != up.size(0) * up.size(1)) {
            throw new IllegalArgumentException(
                    "LoRA: down %s and up %s do not belong together; they must be [rank, in, ...] and [out, rank]"
                            .formatted(Arrays.toString(down.shape()), Arrays.toString(up.shape())));
        }
        Deltas.requireFinite(alpha);
    }

    /** A layer that is added as it is: its alpha is its rank. */
    public static LoraLayer of(INDArray down, INDArray up) {
        return new LoraLayer(down, up, down.size(0));
    }

    /** The number of rows of {@code down} and of columns of {@code up}. */
    public int rank() {
        return Math.toIntExact(down.size(0));
    }

    @Override
    public INDArray delta(long... shape) {
        long columns = Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact);
        if (shape.length < 2 || shape[0] != up.size(0) || columns * rank() != down.length()) {
            throw new IllegalArgumentException("LoRA: down %s and up %s do not fit a weight of %s"
                    .formatted(Arrays.toString(down.shape()), Arrays.toString(up.shape()), Arrays.toString(shape)));
        }
        INDArray a = down.castTo(DataType.FLOAT).reshape('c', rank(), down.length() / rank());
        INDArray b = up.castTo(DataType.FLOAT).reshape('c', up.size(0), rank());
        return b.mmul(a).muli(alpha / rank()).reshape('c', shape);
    }

    @Override
    public long parameters() {
        return down.length() + up.length();
    }

    @Override
    public String method() {
        return "LoRA";
    }
}
