package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A low-rank addition to a convolution whose kernel is in the middle, as LyCORIS writes it with {@code use_tucker}:
 * {@code alpha / rank * sum over m, n of mid[m, n, y, x] * up[out, m] * down[n, in]}.
 *
 * @param down {@code [rank, in, 1, 1]}
 * @param mid {@code [rank, rank, height, width]}
 * @param up {@code [out, rank, 1, 1]}
 * @param alpha the strength, counted in ranks
 */
public record TuckerLayer(INDArray down, INDArray mid, INDArray up, double alpha) implements WeightDelta {

    /** Checks that the three parts belong together. */
    public TuckerLayer {
        if (up.rank() < 2 || up.length() != up.size(0) * up.size(1)) {
            throw new IllegalArgumentException("LoRA: up must be [out, rank, 1, 1]");
        }
        factor(down, mid, up);
        Deltas.requireFinite(alpha);
    }

    private static Factor factor(INDArray down, INDArray mid, INDArray up) {
        INDArray left = up.reshape('c', up.size(0), up.size(1)).transpose();
        return new Factor.Tucker(mid, left, down);
    }

    @Override
    public INDArray delta(long... shape) {
        return Deltas.shaped(factor(down, mid, up).matrix().muli(alpha / down.size(0)), this, shape);
    }

    @Override
    public long parameters() {
        return down.length() + mid.length() + up.length();
    }

    @Override
    public String method() {
        return "LoRA with lora_mid";
    }
}
