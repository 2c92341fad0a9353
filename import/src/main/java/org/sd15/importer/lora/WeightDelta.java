package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A change that is added to the weight whatever that is: {@code W + scale * delta}. */
public sealed interface WeightDelta extends WeightChange
        permits LoraLayer, TuckerLayer, HadamardLayer, KroneckerLayer, FullDifference {

    /**
     * What is added at scale 1.
     *
     * @param shape of the weight: {@code [out, in]} or {@code [out, in, height, width]}
     * @return a new array in float32
     * @throws IllegalArgumentException if the weight is of another size
     */
    INDArray delta(long... shape);

    @Override
    default void applyTo(INDArray weight, double scale) {
        weight.addi(delta(weight.shape()).muli(scale).castTo(weight.dataType()));
    }
}
