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
            INDArray parameter = requireNonNull(parameters.get(name));
            if (ParallelArrays.serve(average, parameter)) {
                ParallelArrays.run((values, n) -> follow(values[0], values[1], kept, n), 1, average, parameter);
            } else {
                INDArray share = parameter.mul(1 - kept);
                average.muli(kept).addi(share);
                share.close();
            }
        });
    }

    private static void follow(float[] average, float[] parameter, double kept, int n) {
        float old = (float) kept;
        float fresh = (float) (1 - kept);
        for (int i = 0; i < n; i++) {
            average[i] = average[i] * old + parameter[i] * fresh;
        }
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
