package org.sd15.attention.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** Puts the parameters that a graph asks for into it. */
@FunctionalInterface
public interface Parameters {

    /**
     * The variable of a parameter.
     *
     * @param graph the graph under construction
     * @param spec full name and shape in diffusers' layout
     * @param layout how the graph wants to see it
     */
    SDVariable declare(SameDiff graph, ParameterSpec spec, Layout layout);

    /**
     * Parameters from weights: a constant each, or a variable where it is to be trained. Only variables get gradients.
     * Constants are taken as they are stored, which may be in half precision.
     *
     * @param trainable decides by full name
     */
    static Parameters from(Weights weights, Predicate<String> trainable) {
        return (graph, spec, layout) -> {
            boolean learns = trainable.test(spec.name());
            var array = layout.toGraph(learns ? weights.get(spec) : weights.stored(spec));
            var variable = learns ? graph.var(spec.name(), array) : graph.constant(spec.name(), array);
            graph.setArrayForVariable(spec.name(), array); // SameDiff has copied it if it is a view
            return variable;
        };
    }

    /** Declares placeholders and writes down what was asked for: the list of parameters of a model. */
    static Parameters recording(List<ParameterSpec> into) {
        return (graph, spec, layout) -> {
            into.add(spec);
            return graph.placeHolder(spec.name(), DataType.FLOAT, spec.shape());
        };
    }

    /** The parameters that a block or a model asks for, in the order in which it does. */
    static List<ParameterSpec> of(Consumer<Scope> model) {
        List<ParameterSpec> specs = new ArrayList<>();
        model.accept(Scope.outline(SameDiff.create(), DataType.FLOAT, recording(specs)));
        return List.copyOf(specs);
    }
}
