package org.sd15.examples.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Other weights in the place of a model's own, such as their average, until this is closed. */
final class BorrowedWeights implements AutoCloseable {

    private final Map<String, INDArray> parameters;
    private final Map<String, INDArray> own = new LinkedHashMap<>();

    /**
     * Puts weights in place.
     *
     * @param parameters a model's own arrays
     * @param others as many, by the same names
     */
    BorrowedWeights(Map<String, INDArray> parameters, Map<String, INDArray> others) {
        this.parameters = parameters;
        parameters.forEach((name, array) -> {
            INDArray other = Objects.requireNonNull(others.get(name), name);
            if (other != array) {
                own.put(name, array.dup());
                array.assign(other);
            }
        });
    }

    @Override
    public void close() {
        own.forEach((name, array) -> {
            Objects.requireNonNull(parameters.get(name)).assign(array);
            array.close();
        });
    }
}
