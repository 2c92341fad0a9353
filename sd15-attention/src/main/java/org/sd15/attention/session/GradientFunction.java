package org.sd15.attention.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;

/**
 * A graph with the derivatives of one scalar loss. Made once, evaluated often.
 *
 * <p>It does what {@code SameDiff.calculateGradients} does, except that activations are released as soon as nothing needs
 * them; that method keeps all of them until the garbage collector comes.
 */
public final class GradientFunction implements AutoCloseable {

    private final GraphSession derivative;
    private final Map<String, String> gradientNames;

    private GradientFunction(GraphSession derivative, Map<String, String> gradientNames) {
        this.derivative = derivative;
        this.gradientNames = gradientNames;
    }

    /**
     * Differentiates a graph.
     *
     * @param graph the graph; it must not be changed afterwards
     * @param loss name of a scalar
     * @param withRespectTo names of placeholders and variables
     * @throws IllegalArgumentException if the loss does not depend on one of them
     */
    public static GradientFunction of(SameDiff graph, String loss, Collection<String> withRespectTo) {
        return of(graph, loss, withRespectTo, Execution.NATIVE);
    }

    /** Differentiates a graph of an execution; see {@link #of(SameDiff, String, Collection)}. */
    public static GradientFunction of(
            SameDiff graph, String loss, Collection<String> withRespectTo, Execution execution) {
        graph.setLossVariables(loss);
        differentiate(graph, loss, withRespectTo);
        SameDiff derivative = graph.getFunction("grad");
        derivative.setEnableCache(true);
        Map<String, String> names = new LinkedHashMap<>();
        for (String name : withRespectTo) {
            var gradient = graph.getVariable(name).gradient();
            if (gradient == null) {
                throw new IllegalArgumentException("%s does not depend on %s".formatted(loss, name));
            }
            names.put(name, gradient.name());
        }
        return new GradientFunction(new GraphSession(derivative, execution), names);
    }

    /** ND4J prints a line an operation to the standard output here, which belongs to the application. */
    private static void differentiate(SameDiff graph, String loss, Collection<String> withRespectTo) {
        try {
            ThreadSilence.during(() -> graph.createGradFunction(withRespectTo.toArray(String[]::new)));
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("does not contain any trainable")) {
                throw new IllegalArgumentException("%s depends on none of %s".formatted(loss, withRespectTo), e);
            }
            throw e;
        }
    }

    /**
     * Evaluates gradients, and variables of the graph in the same pass.
     *
     * @param feeds the placeholders
     * @param gradients names out of those given at the start
     * @param outputs names of variables of the graph, such as the loss
     * @return the gradients and the outputs, each under the name asked for; the caller closes them
     */
    public OutputsAndGradients evaluate(
            Map<String, INDArray> feeds, Collection<String> gradients, Collection<String> outputs) {
        List<String> wanted = new ArrayList<>(outputs);
        gradients.forEach(name -> wanted.add(gradientName(name)));
        Map<String, INDArray> values = derivative.evaluate(feeds, wanted);
        return new OutputsAndGradients(pick(values, outputs, Map.of()), pick(values, gradients, gradientNames));
    }

    private String gradientName(String variable) {
        String name = gradientNames.get(variable);
        if (name == null) {
            throw new IllegalArgumentException("the loss was differentiated with respect to %s, not to %s"
                    .formatted(gradientNames.keySet(), variable));
        }
        return name;
    }

    /** Gives the buffers back until the next evaluation. */
    public void trim() {
        derivative.trim();
    }

    /** Bytes that are held for activations. */
    public long activationBytes() {
        return derivative.activationBytes();
    }

    /** Frees the buffers. */
    @Override
    public void close() {
        derivative.close();
    }

    private static Map<String, INDArray> pick(
            Map<String, INDArray> values, Collection<String> names, Map<String, String> renamed) {
        Map<String, INDArray> picked = new LinkedHashMap<>();
        names.forEach(name -> picked.put(name, values.get(renamed.getOrDefault(name, name))));
        return picked;
    }

    /**
     * What one evaluation gave.
     *
     * @param outputs variables by name
     * @param gradients gradients by the name of what they are with respect to, as the graph sees it
     */
    public record OutputsAndGradients(Map<String, INDArray> outputs, Map<String, INDArray> gradients) {

        /** One of the outputs that were asked for. */
        public INDArray output(String name) {
            return Objects.requireNonNull(outputs.get(name), name);
        }

        /** One of the gradients that were asked for. */
        public INDArray gradient(String name) {
            return Objects.requireNonNull(gradients.get(name), name);
        }
    }
}
