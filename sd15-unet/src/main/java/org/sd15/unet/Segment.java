package org.sd15.unet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphSession;
import org.sd15.attention.session.TrainedParameters;

/**
 * A stretch of the UNet as a graph of its own. What it reads are placeholders under the names under which others hand it on;
 * what it passes on has a name that nothing else has. Buffers are held only while it is computed.
 */
final class Segment implements AutoCloseable {

    private static final String COTANGENT = "cotangent/";

    private final SameDiff graph = Graphs.create();
    private final DataType dataType;
    private final Execution execution;
    private final Scope root;
    private final GraphSession forward;
    private final TrainedParameters parameters;
    private final Set<String> read = new LinkedHashSet<>();
    private final Map<String, String> handedOn = new LinkedHashMap<>();
    private List<String> differentiated = List.of();
    private @Nullable GradientFunction gradient;
    private long activationBytes;

    /**
     * An empty one.
     *
     * @param scoping makes of a bare scope one with ports and additions
     */
    Segment(
            DataType dataType,
            Execution execution,
            Weights weights,
            Predicate<String> isTrained,
            UnaryOperator<Scope> scoping) {
        this.dataType = dataType;
        this.execution = execution;
        this.forward = new GraphSession(graph, execution);
        this.parameters = new TrainedParameters(weights, isTrained);
        this.root = scoping.apply(Scope.of(graph, dataType, parameters, execution));
    }

    SameDiff graph() {
        return graph;
    }

    Scope root() {
        return root;
    }

    /** A placeholder, of some shape a picture. */
    SDVariable reads(String name, long... perPicture) {
        long[] shape = new long[perPicture.length + 1];
        shape[0] = -1;
        System.arraycopy(perPicture, 0, shape, 1, perPicture.length);
        read.add(name);
        return graph.placeHolder(name, dataType, shape);
    }

    /** A map that another segment passes on. */
    FeatureMap reads(String name, FeatureMap like) {
        return like.with(reads(name, like.height(), like.width(), like.channels()));
    }

    /** What is read here is only looked at for its size. */
    void leaves(String name) {
        read.remove(name);
    }

    /** Hands a variable on. */
    void handsOn(String name, SDVariable variable) {
        handedOn.put(name, variable.name());
    }

    Set<String> read() {
        return read;
    }

    Set<String> handedOn() {
        return handedOn.keySet();
    }

    /**
     * Says with respect to what it will be differentiated, beside its trained parameters.
     *
     * @param wanted names of what is passed on, of which it reads some perhaps
     * @return whether anything is to be differentiated here
     */
    boolean differentiates(Collection<String> wanted) {
        List<String> names = new ArrayList<>(read);
        names.retainAll(wanted);
        differentiated = List.copyOf(names);
        return !names.isEmpty() || !parameters.names().isEmpty();
    }

    /** Computes what is passed on. */
    Map<String, INDArray> predict(Map<String, INDArray> values) {
        Map<String, INDArray> found = forward.evaluate(feeds(values), handedOn.values());
        activationBytes = Math.max(activationBytes, forward.activationBytes());
        forward.trim();
        Map<String, INDArray> named = new LinkedHashMap<>();
        handedOn.forEach((name, variable) -> named.put(name, found.get(variable)));
        return named;
    }

    /**
     * Vector-Jacobian product.
     *
     * @param values all that is read
     * @param cotangents of what is passed on, or what a loss needs
     * @param outputs variables to evaluate in the same pass
     */
    OutputsAndGradients differentiate(
            Map<String, INDArray> values, Map<String, INDArray> cotangents, List<String> outputs) {
        Map<String, INDArray> feeds = feeds(values);
        cotangents.forEach((name, array) -> feeds.put(handedOn.containsKey(name) ? COTANGENT + name : name, array));
        List<String> names = new ArrayList<>(differentiated);
        names.addAll(parameters.names());
        GradientFunction function = gradient == null ? gradient = gradient() : gradient;
        OutputsAndGradients evaluation = function.evaluate(feeds, names, outputs);
        activationBytes = Math.max(activationBytes, function.activationBytes());
        function.trim();
        return evaluation;
    }

    /** Bytes that its activations took at most. */
    long activationBytes() {
        return activationBytes;
    }

    /** With respect to what is read. */
    List<String> differentiated() {
        return differentiated;
    }

    /** Takes the gradients of the trained parameters out of what {@link #differentiate} gave, in diffusers' layout. */
    Map<String, INDArray> parameterGradients(OutputsAndGradients evaluation) {
        return parameters.gradients(evaluation);
    }

    private Map<String, INDArray> feeds(Map<String, INDArray> values) {
        Map<String, INDArray> feeds = new LinkedHashMap<>(values);
        feeds.keySet().retainAll(read);
        return feeds;
    }

    private GradientFunction gradient() {
        if (!handedOn.isEmpty()) {
            handedOn.entrySet().stream()
                    .map(entry -> product(entry.getKey(), graph.getVariable(entry.getValue())))
                    .reduce(SDVariable::add)
                    .orElseThrow()
                    .rename(BuiltGraph.LOSS);
        }
        List<String> names = new ArrayList<>(differentiated);
        names.addAll(parameters.names());
        return GradientFunction.of(graph, BuiltGraph.LOSS, names, execution);
    }

    private SDVariable product(String name, SDVariable variable) {
        long[] any = new long[name.equals(CheckpointedGradient.TIME) ? 2 : 4];
        Arrays.fill(any, -1);
        return variable.mul(graph.placeHolder(COTANGENT + name, dataType, any)).sum();
    }

    @Override
    public void close() {
        forward.close();
        if (gradient != null) {
            gradient.close();
        }
    }
}
