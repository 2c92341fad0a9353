package org.sd15.importer.lora;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * (IA)3: a factor for each channel, {@code W * (1 + scale * offset)}, as in H. Liu et al., "Few-Shot Parameter-Efficient
 * Fine-Tuning is Better and Cheaper than In-Context Learning", 2022, section 3.3. LyCORIS keeps the offsets, PEFT the
 * factors at scale 1. (PEFT has no other scale.)
 *
 * @param offsets one for each channel, less 1
 * @param axis the channels
 */
public record Scaling(INDArray offsets, Axis axis) implements WeightChange {

    @Override
    public void applyTo(INDArray weight, double scale) {
        if (axis.channels(weight.shape()) != offsets.length()) {
            throw new IllegalArgumentException("(IA)3: %d factors do not fit the %s channels of a weight of %s"
                    .formatted(offsets.length(), axis, Arrays.toString(weight.shape())));
        }
        double[] values = offsets.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        axis.scale(
                weight, DoubleStream.of(values).map(value -> 1 + scale * value).toArray());
    }

    @Override
    public long parameters() {
        return offsets.length();
    }

    @Override
    public String method() {
        return "(IA)3";
    }
}
