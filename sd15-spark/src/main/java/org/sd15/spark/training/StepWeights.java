package org.sd15.spark.training;

import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weights that learn, as they are at a step.
 *
 * @param run tells runs of a driver apart
 * @param step counted within the run
 * @param weights by name
 */
record StepWeights(String run, long step, Map<String, Floats> weights) implements Serializable {

    static StepWeights of(String run, long step, Map<String, INDArray> parameters) {
        Map<String, Floats> weights = new LinkedHashMap<>();
        parameters.forEach((name, array) -> weights.put(name, Floats.of(array)));
        return new StepWeights(run, step, weights);
    }

    /**
     * Gives them to a model.
     *
     * @throws IllegalArgumentException if other parameters learn in it
     */
    void putInto(Map<String, INDArray> parameters) {
        if (!parameters.keySet().equals(weights.keySet())) {
            throw new IllegalArgumentException(
                    "%d parameters learn on the driver and %d others on this executor: give the layers of the training"
                            .formatted(weights.size(), parameters.size()));
        }
        parameters.forEach((name, array) -> {
            INDArray sent = Objects.requireNonNull(weights.get(name)).array();
            if (!sent.equalShapes(array)) {
                throw new IllegalArgumentException(
                        "%s is %s on the driver and %s on this executor: give the rank of the training"
                                .formatted(name, Arrays.toString(sent.shape()), Arrays.toString(array.shape())));
            }
            array.assign(sent);
            sent.close();
        });
    }

    /** Whether a model that has others got them at this step. */
    boolean isSame(StepWeights others) {
        return run.equals(others.run) && step == others.step;
    }
}
