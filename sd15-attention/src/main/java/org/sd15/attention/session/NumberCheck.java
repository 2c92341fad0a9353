package org.sd15.attention.session;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks for values that are infinite or not a number. What a model computes is looked at each time, which costs one sum;
 * its weights, which are gigabytes, are only searched when there is something to explain.
 */
public final class NumberCheck {

    private NumberCheck() {}

    /**
     * The first value that is infinite or not a number, in the order of C.
     *
     * @return for instance {@code NaN at [0, 3, 17, 2]}, or nothing if all values are finite
     */
    public static Optional<String> firstBad(INDArray array) {
        if (array.isEmpty() || !array.dataType().isFPType() || hasFiniteSum(array)) {
            return Optional.empty();
        }
        DataBuffer values = array.dup('c').data();
        for (long i = 0; i < array.length(); i++) {
            if (!Double.isFinite(values.getDouble(i))) {
                return Optional.of(values.getDouble(i) + " at " + Arrays.toString(indices(i, array.shape())));
            }
        }
        return Optional.empty(); // the values are finite, just too large to be added up
    }

    private static boolean hasFiniteSum(INDArray array) {
        return Double.isFinite(array.sumNumber().doubleValue());
    }

    private static long[] indices(long offset, long... shape) {
        long[] indices = new long[shape.length];
        long rest = offset;
        for (int i = shape.length - 1; i >= 0; i--) {
            indices[i] = rest % shape[i];
            rest /= shape[i];
        }
        return indices;
    }

    /**
     * Makes sure that all values of something are finite.
     *
     * @param what it is, as the subject of a sentence
     * @throws ArithmeticException if not
     */
    public static void require(String what, INDArray array) {
        firstBad(array).ifPresent(bad -> {
            throw new ArithmeticException("%s is %s: values must be finite numbers".formatted(what, bad));
        });
    }

    /**
     * Makes sure that a result is finite, and else says what is to blame: a weight, an input, or numbers that grew too
     * large on the way.
     *
     * @param what the result is, as the subject of a sentence
     * @param inputs what it was computed from besides the weights, by name
     * @throws ArithmeticException if it is not finite; the message has the weight's file and name, and the place
     */
    static void requireResult(String what, INDArray result, Map<String, INDArray> inputs, ParameterTable weights) {
        Optional<String> bad = firstBad(result);
        if (bad.isEmpty()) {
            return;
        }
        String reason = weights.firstBad()
                .or(() -> firstBad(inputs))
                .orElse("the weights and inputs are finite, so values grew too large on the way");
        throw new ArithmeticException("%s is %s: %s".formatted(what, bad.get(), reason));
    }

    private static Optional<String> firstBad(Map<String, INDArray> inputs) {
        return inputs.entrySet().stream()
                .flatMap(input ->
                        firstBad(input.getValue())
                                .map(bad -> "the %s given is %s".formatted(input.getKey(), bad))
                                .stream())
                .findFirst();
    }
}
