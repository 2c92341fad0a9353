package org.sd15.attention.session;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.sd15.attention.graph.Layout;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;

/** Parameters from weights, of which some learn; remembers how those lie in the graph. */
public final class TrainedParameters implements Parameters {

    private final Parameters fromWeights;
    private final Predicate<String> trained;
    private final Map<String, Layout> layouts = new LinkedHashMap<>();

    /**
     * Parameters of one graph.
     *
     * @param trained decides by full name
     */
    public TrainedParameters(Weights weights, Predicate<String> trained) {
        this.fromWeights = Parameters.from(weights, trained);
        this.trained = trained;
    }

    @Override
    public SDVariable declare(SameDiff graph, ParameterSpec spec, Layout layout) {
        if (trained.test(spec.name())) {
            layouts.put(spec.name(), layout);
        }
        return fromWeights.declare(graph, spec, layout);
    }

    /** The names of those that learn, in the order of the graph. */
    public Collection<String> names() {
        return Collections.unmodifiableSet(layouts.keySet());
    }

    /** Their gradients in diffusers' layout. A view can't be closed, so none is handed out. */
    public Map<String, INDArray> gradients(OutputsAndGradients evaluation) {
        return gradients(evaluation, layouts);
    }

    /** Gradients of parameters that lie in a graph as is said, in diffusers' layout; see {@link #gradients(Evaluation)}. */
    public static Map<String, INDArray> gradients(OutputsAndGradients evaluation, Map<String, Layout> layouts) {
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        layouts.forEach((name, layout) -> {
            INDArray inGraph = evaluation.gradient(name);
            INDArray stored = layout.toStored(inGraph);
            if (stored.closeable() && Shape.hasDefaultStridesForShape(stored)) {
                gradients.put(name, stored); // of the same memory, in the order that is wanted
            } else {
                gradients.put(name, stored.dup('c'));
                inGraph.close();
            }
        });
        return gradients;
    }
}
