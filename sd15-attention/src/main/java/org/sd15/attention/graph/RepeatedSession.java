package org.sd15.attention.graph;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * A session that may run any number of times. SameDiff's own keeps the number of every array that it has released in any
 * run: a thousand of them a picture, which add up in a process that lives long.
 */
public class RepeatedSession extends InferenceSession {

    /** A session for a graph that is not changed any more. */
    public RepeatedSession(SameDiff graph) {
        super(graph);
    }

    @Override
    public ExecutionResult output(
            List<String> variables,
            Map<String, INDArray> placeholders,
            @Nullable Map<String, SDValue> otherPlaceholders,
            @Nullable MultiDataSet batch,
            @Nullable Collection<String> requiredActivations,
            @Nullable List<Listener> listeners,
            @Nullable At at) {
        freedArrays.clear();
        return super.output(variables, placeholders, otherPlaceholders, batch, requiredActivations, listeners, at);
    }

    /** Arrays that the last run released, by what is remembered of them. */
    int remembered() {
        return freedArrays.size();
    }
}
