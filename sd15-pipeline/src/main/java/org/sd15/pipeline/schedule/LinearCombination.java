package org.sd15.pipeline.schedule;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A sum of weighted symbols, each the place of a tensor of a run. Immutable; the algebra is exact but for the
 * rounding of the weights in double precision, and the tensors are filled in last.
 */
public final class LinearCombination {

    /** The tensors of one call. */
    public enum Quantity {
        /** The noisy sample that entered the call. */
        SAMPLE,
        /** The model's output for it. */
        MODEL_OUTPUT,
        /** Drawn noise of unit variance. */
        NOISE,
        /** The sample after a solver corrected it in hindsight. */
        CORRECTED_SAMPLE
    }

    /**
     * A tensor of a call.
     *
     * @param call the number of the call, from 0
     * @param quantity which of its tensors
     */
    public record Symbol(int call, Quantity quantity) {}

    private final Map<Symbol, Double> weights;

    private LinearCombination(Map<Symbol, Double> weights) {
        this.weights = weights;
    }

    /** One tensor. */
    public static LinearCombination of(int call, Quantity quantity) {
        return new LinearCombination(Map.of(new Symbol(call, quantity), 1.0));
    }

    /** Zero. */
    public static LinearCombination none() {
        return new LinearCombination(Map.of());
    }

    /** The sum of this and another. */
    public LinearCombination plus(LinearCombination other) {
        Map<Symbol, Double> sum = new LinkedHashMap<>(weights);
        other.weights.forEach((symbol, weight) -> sum.merge(symbol, weight, Double::sum));
        return new LinearCombination(sum);
    }

    /** The difference of this and another. */
    public LinearCombination minus(LinearCombination other) {
        return plus(other.times(-1));
    }

    /** This, every weight multiplied by a number. */
    public LinearCombination times(double factor) {
        Map<Symbol, Double> product = new LinkedHashMap<>();
        weights.forEach((symbol, weight) -> product.put(symbol, weight * factor));
        return new LinearCombination(product);
    }

    /** The weight of a tensor, 0 if it is not in this sum. */
    public double weight(int call, Quantity quantity) {
        return weights.getOrDefault(new Symbol(call, quantity), 0.0);
    }

    boolean isFinite() {
        return weights.values().stream().allMatch(Double::isFinite);
    }

    /** The symbols that weigh something. */
    public Set<Symbol> symbols() {
        Set<Symbol> symbols = new LinkedHashSet<>();
        weights.forEach((symbol, weight) -> {
            if (weight != 0) {
                symbols.add(symbol);
            }
        });
        return symbols;
    }

    /**
     * The sum over tensors.
     *
     * @param tensors the tensor of every symbol of this combination; they are only read
     * @param like a tensor of the shape and data type of all the others
     * @return a new array in c order. Half precision is summed in single precision and rounded once
     */
    public INDArray evaluate(Function<Symbol, INDArray> tensors, INDArray like) {
        DataType work = like.dataType() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        INDArray sum = Nd4j.zeros(work, like.shape());
        weights.forEach((symbol, weight) -> {
            // Not only to save time: 0 times infinity is not 0.
            if (weight != 0) {
                sum.addi(tensors.apply(symbol).castTo(work).mul(weight));
            }
        });
        return sum.castTo(like.dataType());
    }
}
