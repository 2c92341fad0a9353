package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * LoHa: the elementwise product of two low-rank matrices, {@code alpha / rank * (first ⊙ second)}, as in N. Hyeon-Woo et
 * al., "FedPara: Low-Rank Hadamard Product for Communication-Efficient Federated Learning", 2022, proposition 1, and 3
 * for kernels.
 *
 * @param first {@code [out, in * height * width]}
 * @param second of the same shape
 * @param alpha the strength, counted in ranks
 * @param rank of the two
 */
public record HadamardLayer(Factor first, Factor second, double alpha, long rank) implements WeightDelta {

    /** Checks the strength. */
    public HadamardLayer {
        Deltas.requireFinite(alpha);
    }

    @Override
    public INDArray delta(long... shape) {
        INDArray product = first.matrix().mul(second.matrix()).muli(alpha / rank);
        return Deltas.shaped(product, this, shape);
    }

    @Override
    public long parameters() {
        return first.parameters() + second.parameters();
    }

    @Override
    public String method() {
        return "LoHa";
    }
}
