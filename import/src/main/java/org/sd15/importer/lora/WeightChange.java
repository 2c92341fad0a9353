package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a file of the LoRA family does to one weight or bias. Every kind is merged: the changed weight takes the place of
 * the weight. Kinds that only add may come in any order; the others ({@link Decomposed}, {@link Scaling}, {@link Rotation})
 * change the weight that those before them have left.
 */
public sealed interface WeightChange permits WeightDelta, Decomposed, Scaling, Rotation {

    /**
     * Changes a weight in place. Sums are made in float32, whatever the type of the weight.
     *
     * @param weight in C order, FLOAT or DOUBLE, {@code [out, in]} or {@code [out, in, height, width]}; {@code [out]} for
     *     a bias or the weight of a norm
     * @param scale 1 as it was trained; what another number means is the kind's own
     * @throws IllegalArgumentException if the weight is of another size; it is not changed then
     */
    void applyTo(INDArray weight, double scale);

    /** The number of its elements. */
    long parameters();

    /** What the method is called. */
    String method();
}
