package org.sd15.pipeline.training;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An exponential moving average of the parameters, started from what they were before the first step. */
final class AveragedWeights implements Stateful {

    private static final String PREFIX = "ema/";

    private final EmaDecay decay;
    private final Map<String, INDArray> averages = new LinkedHashMap<>();

    AveragedWeights(EmaDecay decay, Map<String, INDArray> parameters) {
        this.decay = decay;
        parameters.forEach((name, parameter) -> averages.put(name, parameter.dup('c')));
    }

    /** Follows the parameters after a step, counted from 1. */
    void follow(Map<String, INDArray> parameters, int step) {
        double kept = decay.after(step);
        averages.forEach((name, average) -> {
            INDArray share = requireNonNull(parameters.get(name)).mul(1 - kept);
            average.muli(kept).addi(share);
            share.close();
        });
    }

    /** The averages by name. */
    Map<String, INDArray> arrays() {
        return Collections.unmodifiableMap(averages);
    }

    @Override
    public void save(TrainingState into) {
        averages.forEach((name, array) -> into.put(PREFIX + name, array));
    }

    @Override
    public void restore(TrainingState from) {
        averages.forEach((name, array) -> from.read(PREFIX + name, array));
    }
}
