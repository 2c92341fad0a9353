package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DoRA: a changed weight whose channels are given a length of their own, as in S.-Y. Liu et al., "DoRA:
 * Weight-Decomposed Low-Rank Adaptation", 2024, equation 5. At scale 1 both rules give
 * {@code (W + delta) * magnitude / |W + delta|}.
 *
 * @param delta what is added before
 * @param magnitude one length for each channel
 * @param axis the channels
 * @param rule what another scale means
 */
public record Decomposed(WeightDelta delta, INDArray magnitude, Axis axis, Rule rule) implements WeightChange {

    /** Between two libraries only scale 1 is common ground. */
    public enum Rule {

        /** The direction is scaled, the length is that of the file: {@code V = W + scale * delta; V * m / |V|}. */
        PEFT,

        /**
         * The length is scaled, the direction is that of the file:
         * {@code V = W + delta; V * (1 + scale * (m / |V| - 1))}.
         */
        LYCORIS
    }

    /** What LyCORIS adds to lengths that it divides by. */
    private static final double EPSILON = Math.ulp(1f);

    @Override
    public void applyTo(INDArray weight, double scale) {
        if (axis.channels(weight.shape()) != magnitude.length()) {
            throw new IllegalArgumentException("DoRA: %d lengths do not fit the %s channels of a weight of %s"
                    .formatted(magnitude.length(), axis, Arrays.toString(weight.shape())));
        }
        delta.applyTo(weight, rule == Rule.PEFT ? scale : 1);
        double[] norms = axis.norms(weight);
        double[] lengths = magnitude.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        double[] factors = new double[norms.length];
        for (int i = 0; i < factors.length; i++) {
            double renormalised = norms[i] == 0 ? 1 : lengths[i] / (rule == Rule.PEFT ? norms[i] : norms[i] + EPSILON);
            factors[i] = rule == Rule.PEFT ? renormalised : 1 + scale * (renormalised - 1);
        }
        axis.scale(weight, factors);
    }

    @Override
    public long parameters() {
        return delta.parameters() + magnitude.length();
    }

    @Override
    public String method() {
        return delta instanceof LoraLayer ? "DoRA" : delta.method() + " with DoRA";
    }
}
