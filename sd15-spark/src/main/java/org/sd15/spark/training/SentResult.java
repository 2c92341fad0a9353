package org.sd15.spark.training;

import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.training.TrainedModel;

/**
 * What a pass gave, as a task sends it back.
 *
 * @param loss the mean of the weighted errors
 * @param errors of each picture, without weights
 * @param gradients by the names of the parameters
 */
record SentResult(double loss, double[] errors, Map<String, Floats> gradients) implements Serializable {

    /** Takes the gradients over. */
    static SentResult of(TrainedModel.Result result) {
        Map<String, Floats> gradients = new LinkedHashMap<>();
        result.gradients().forEach((name, gradient) -> {
            gradients.put(name, Floats.of(gradient));
            if (gradient.closeable()) {
                gradient.close();
            }
        });
        double[] errors =
                result.errors().stream().mapToDouble(Double::doubleValue).toArray();
        return new SentResult(result.loss(), errors, gradients);
    }

    TrainedModel.Result result() {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        gradients.forEach((name, gradient) -> arrays.put(name, gradient.array()));
        List<Double> each = Arrays.stream(errors).boxed().toList();
        return new TrainedModel.Result(loss, each, arrays);
    }
}
