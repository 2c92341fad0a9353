package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * LoKr: a Kronecker product, {@code strength * (first ⊗ second)}, as in S.-Y. Yeh et al., "Navigating Text-To-Image
 * Customization: From LyCORIS Fine-Tuning to Model Evaluation", 2024, section 3.3. The taps of a kernel are in the second
 * factor.
 *
 * @param first {@code [a, c]}
 * @param second {@code [b, d * height * width]}; the weight is {@code [a * b, c * d, height, width]}
 * @param strength alpha / rank; 1 where neither factor has a rank
 */
public record KroneckerLayer(Factor first, Factor second, double strength) implements WeightDelta {

    /** Checks the strength. */
    public KroneckerLayer {
        Deltas.requireFinite(strength);
    }

    @Override
    public INDArray delta(long... shape) {
        INDArray one = first.matrix();
        INDArray two = second.matrix();
        INDArray product = Nd4j.createUninitialized(
                one.dataType(), one.size(0), two.size(0), one.size(1), two.size(1)); // [a, b, c, d]
        INDArray left = one.reshape('c', one.size(0), 1, one.size(1), 1);
        INDArray right = two.reshape('c', 1, two.size(0), 1, two.size(1));
        left.mul(right, product);
        INDArray matrix = product.muli(strength).reshape('c', one.size(0) * two.size(0), one.size(1) * two.size(1));
        return Deltas.shaped(matrix, this, shape);
    }

    @Override
    public long parameters() {
        return first.parameters() + second.parameters();
    }

    @Override
    public String method() {
        return "LoKr";
    }
}
